package io.reft.cli;

import io.reft.run.Journal;
import java.util.List;

/** The journal on the terminal: sentences and progress on standard error, results on standard output. */
final class Console implements Journal.Listener {
    static final Console CONSOLE = new Console();

    /** A journal that only the terminal shows. */
    static final Journal JOURNAL = new Journal(List.of(CONSOLE));

    private Console() {}

    @Override
    public void message(String sentence) {
        System.err.println(sentence);
    }

    @Override
    public void result(String sentence) {
        System.out.println(sentence);
    }

    @Override
    public Journal.Progress progress(String task, String unit, long from, long total) {
        return new Progress(task, unit, from, total);
    }
}
