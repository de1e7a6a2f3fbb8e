package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.reft.Golden;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts to ids and back through the command line. */
class TokenizeCommandTest {
    private static final Path MODEL = Golden.repository("models/demo");

    @Test
    void thereAndBack() {
        String texts = """
                "def solution():\\n    return 2 * (3 + 4)\\n"
                ""
                "<b>\\"12,5 % of $7\\"</b> \\u003d </s>"
                """;
        Run ids = Run.fed(texts, "tokenize", "--model", MODEL);
        assertEquals(0, ids.code(), ids.err());
        assertEquals(3, ids.out().lines().count());
        assertEquals("[]", ids.out().lines().toList().get(1));
        Run back = Run.fed(ids.out(), "tokenize", "--model", MODEL, "--decode");
        assertEquals(texts.replace("\\u003d", "="), back.out(), back.err());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            false | two words                | not a JSON string like "2 + 2".
            false | 7                        | not a JSON string like "2 + 2".
            false | "a" "b"                  | not a JSON string like "2 + 2".
            true  | "a"                      | not a JSON array of token ids like [5, 17].
            true  | [1, 2.5]                 | not a JSON array of token ids like [5, 17].
            true  | [1, 2                    | not a JSON array of token ids like [5, 17].
            true  | [-1]                     | -1 is no token of this tokenizer; they run from 0 to 511.
            """)
    void mistakesNameTheLine(boolean decode, String line, String sentence) {
        String first = decode ? "[]\n" : "\"a\"\n";
        Run run = decode ? Run.fed(first + line, "tokenize", "--model", MODEL, "--decode")
                : Run.fed(first + line, "tokenize", "--model", MODEL);
        assertEquals(2, run.code());
        assertEquals("reft tokenize: - line 2: " + sentence, run.err().strip());
    }
}
