package io.reft.cli;

import io.reft.InputError;
import io.reft.run.Journal;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The journal on the terminal: sentences and progress on standard error, results on standard output. What stands in them may come from
 * files: control characters are shown as escapes.
 */
final class Console implements Journal.Listener {
    static final Console CONSOLE = new Console();

    /** Characters of a line. */
    private static final int LINE = 4000;

    /** A journal that only the terminal shows. */
    static final Journal JOURNAL = new Journal(List.of(CONSOLE));

    private Console() {}

    @Override
    public void message(String sentence) {
        System.err.println(printable(sentence));
    }

    @Override
    public void result(String sentence) {
        System.out.println(printable(sentence));
    }

    /** The text with its own line breaks. */
    private static String printable(String text) {
        return Stream.of(text.split("\n", -1)).map(line -> InputError.printable(line, LINE)).collect(Collectors.joining("\n"));
    }

    @Override
    public Journal.Progress progress(String task, String unit, long from, long total) {
        return new Progress(task, unit, from, total);
    }
}
