package io.reft.python;

import io.reft.python.Outcome.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program with what CPython made of it, as the scripts in {@code src/test/python} write them: a line {@code #> OK<tab>type<tab>repr} or
 * {@code #> ERROR<tab>exception}, and the source.
 */
record Recorded(String source, Outcome expected) {
    /** The programs of a resource beside this class. */
    static List<Recorded> resource(String name) throws IOException {
        try (InputStream in = Recorded.class.getResourceAsStream(name)) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** The programs of a file. */
    static List<Recorded> file(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    private static List<Recorded> parse(String text) {
        List<Recorded> programs = new ArrayList<>();
        for (String block : text.substring(3).split("(?m)^#> ")) {
            int end = block.indexOf('\n');
            String[] fields = block.substring(0, end).split("\t");
            for (int i = 0; i < fields.length; i++) {
                fields[i] = fields[i].translateEscapes();
            }
            programs.add(new Recorded(block.substring(end + 1), fields[0].equals("OK")
                    ? new Outcome(Kind.OK, fields[1], fields[2], null) : new Outcome(Kind.ERROR, null, null, fields[1])));
        }
        return programs;
    }
}
