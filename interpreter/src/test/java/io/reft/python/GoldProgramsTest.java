package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The gold programs of SVAMP give the gold answers. */
@Tag("slow")
class GoldProgramsTest {
    private static final Pattern ROW = Pattern.compile(
            "\"answer_cot\":\\s*\"((?:[^\"\\\\]|\\\\.)*+)\"[^{}]*?\"answer_value\":\\s*\"?([-0-9.eE+]+)");

    /** The shared data folder, beside the repository or above it; null where there is none. */
    private static Path shared() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path data = folder.resolve("shared/data/reft/svamp_python_sdp.json");
            if (Files.exists(data)) {
                return data;
            }
        }
        String folder = System.getProperty("reft.shared");
        return folder == null ? null : Path.of(folder, "data/reft/svamp_python_sdp.json");
    }

    @Test
    void goldProgramsGiveTheGoldAnswers() throws IOException {
        Path data = shared();
        assumeTrue(data != null && Files.exists(data), "shared/data/reft/svamp_python_sdp.json is not here: gold programs not run");
        Matcher row = ROW.matcher(Files.readString(data));
        int rows = 0;
        int right = 0;
        while (row.find()) {
            rows++;
            Outcome outcome = PythonInterpreter.run(unescape(row.group(1)));
            right += outcome.number().isPresent()
                    && Math.abs(outcome.number().getAsDouble() - Double.parseDouble(row.group(2))) <= 1e-2 ? 1 : 0;
        }
        assertEquals(3043, rows);
        assertTrue(right >= 3041, right + " of " + rows + " agree");
    }

    /** The escapes of JSON. */
    private static String unescape(String json) {
        StringBuilder out = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            c = json.charAt(++i);
            switch (c) {
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'u' -> {
                    out.append((char) Integer.parseInt(json, i + 1, i + 5, 16));
                    i += 4;
                }
                default -> out.append(c);
            }
        }
        return out.toString();
    }
}
