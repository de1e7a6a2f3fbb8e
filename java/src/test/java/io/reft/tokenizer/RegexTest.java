package io.reft.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {
    private static final int LENGTH = 400_000;
    private static final String OTHER = "[^\\r\\n\\p{L}\\p{N}]", UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]", CLITICS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String REST = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** The expressions of published tokenizers: GPT-2, cl100k (Llama 3, Qwen2), o200k, Tekken, DeepSeek, BLOOM, CLIP, Falcon. */
    @ParameterizedTest
    @ValueSource(strings = {
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
                    + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            OTHER + "?" + UPPER + "*" + LOWER + "+" + CLITICS + "?|" + OTHER + "?" + UPPER + "+" + LOWER + "*" + CLITICS + "?|\\p{N}{1,3}"
                    + REST,
            OTHER + "?" + UPPER + "*" + LOWER + "+|" + OTHER + "?" + UPPER + "+" + LOWER + "*|\\p{N}" + REST,
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                    + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "[一-龥\u3040-ゟ゠-ヿ]+", "\\s?\\p{L}+", " ?[^(\\s|[.,!?…。，、।۔،])]+", "[0-9][0-9][0-9]",
            "<\\|startoftext\\|>|'s|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
            "[\\p{Han}]+|[\\p{Lu}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}&&[^\\p{Han}]]+", "\\d{1,3}(?=(?:\\d{3})*\\b)", "(?<=\\d)(?=\\p{L})",
            "a++|b?+|(?>c+)", "[[:punct:]]",
    })
    void publishedExpressionsAreTaken(String expression) throws Regex.Refused {
        assertTrue(Regex.read(expression, LENGTH).steps() <= Regex.MOST_STEPS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', ignoreLeadingAndTrailingWhitespace = true, value = {
            "(a+)+$ | can take too many steps", "(?:a*b?)*c | repeats what can match nothing", "(?:ab?)*c | can take too many steps",
            "a*a*a*b | can take too many steps",
            "(?:a{1,500}){1,500}b | repeats more than 10000", "(?:(?:a{100}){100}){100} | repeats more than 10000",
            "a{1,200}b{1,200}c{1,200}d | can take too many steps",
            "(?=(?:a+)+b) | can take too many steps", "(?>(?:a+)+b) | can take too many steps", "(?i)[a-z]+x | can take too many steps",
            "(?<=a+)b | looks back without a limit",
            "(a)\\1 | has \\1, which is not supported", "\\g<x> | has \\g, which", "(?~a) | has a group \"(?~\"",
            "(?(1)a) | has a group \"(?(\"", "(*FAIL) | has a \"(*\"",
            "(?x: a ) | has a group \"(?x\"", "(a | has a \"(\" without", "a) | has a \")\" too many", "[a | ends too early",
            "*a | repeats nothing", "a** | repeats a repetition",
            "a{2}? | two meanings", "a{3,2} | repetition {…} that is none", "[]a] | begins with \"]\"", "[[:a]b:] | begins no class",
            "\\p{L | ends too early", "\\xZ | no hexadecimal",
            "\\K | has \\K, which", "a{1000000} | repetition {…} that is none", "a{99999} | repeats more than 10000",
    })
    void expressionsAreRefusedWithAReason(String expression, String said) {
        String reason = assertThrows(Regex.Refused.class, () -> Regex.read(expression, LENGTH)).getMessage();
        assertTrue(reason.contains(said), reason);
    }

    @Test
    void alternativesAndDepthsCount() throws Regex.Refused {
        assertTrue(assertThrows(Regex.Refused.class, () -> Regex.read("(?:a|ab)*c", LENGTH)).getMessage().contains("too many steps"));
        assertTrue(assertThrows(Regex.Refused.class, () -> Regex.read("(".repeat(20_000),
                LENGTH)).getMessage().contains("longer than 10000"));
        assertTrue(assertThrows(Regex.Refused.class, () -> Regex.read("(".repeat(5_000) + ")".repeat(5_000),
                LENGTH)).getMessage().contains("nested deeper"));
        assertTrue(assertThrows(Regex.Refused.class, () -> Regex.read("[".repeat(5_000) + "a" + "]".repeat(4_000),
                LENGTH)).getMessage().contains("nested deeper"));
        assertEquals(2, Regex.read("a(?:bc|d)e?", LENGTH).shortest());
        assertEquals(0, Regex.read("a?|b(?!c)", LENGTH).shortest());
    }
}
