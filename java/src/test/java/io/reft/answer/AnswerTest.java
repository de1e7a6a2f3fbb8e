package io.reft.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerTest {
    private static Answer number(String text) {
        return Reading.number(text).answer();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            42    | 42.01              | true
            42    | 42.011             | false
            0.1   | 0.105              | true
            0.1   | 0.11               | false
            0.005 | 0                  | false
            0     | 0                  | true
            0     | 0.009              | false
            1e-12 | 0                  | false
            1e15  | 1000000000000001   | false
            50%   | 50                 | true
            50%   | 0.5                | true
            50%   | 50%                | true
            50%   | 0.5%               | false
            0.5%  | 50%                | false
            0.5%  | 0.5                | true
            0.5   | 50%                | true
            50    | 50%                | true
            5     | 50%                | false
            1/3   | 0.3333             | true
            """)
    void tolerance(String gold, String said, boolean right) {
        assertEquals(right, number(said).matches(number(gold)), said + " for " + gold);
    }

    @Test
    void wholeNumbersAreExactAndFloatsAreNot() {
        BigInteger large = new BigInteger("1234567890123456789");
        assertTrue(Answer.of(large).matches(Answer.of(large)));
        assertFalse(Answer.of(large.add(BigInteger.ONE)).matches(Answer.of(large)));
        assertTrue(Answer.of(large.doubleValue()).matches(Answer.of(large)), "a program's float cannot be nearer");
        assertEquals(Answer.of(42), Answer.of(BigInteger.valueOf(42)));
        assertEquals(Answer.of(42), number("42.0"));
        assertEquals(Answer.of(0.5), number("1/2"));
        assertEquals("1234567890123456789", Answer.of(large).toString());
    }

    @Test
    void lettersAreNoNumbers() {
        assertTrue(Answer.of("a").matches(Answer.of("a")));
        assertFalse(Answer.of("a").matches(Answer.of("b")));
        assertFalse(Answer.of("a").matches(Answer.of(1)));
        assertFalse(Answer.of(1).matches(Answer.of("a")));
        assertFalse(Answer.of(Double.NaN).matches(Answer.of(Double.NaN)));
        assertFalse(Answer.of(Double.POSITIVE_INFINITY).matches(Answer.of(1e300)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            42 apples, and 7 pears      | 42
            42 , b ) 43                 | 42
            $ 1,234.50 a week           | 1234.5
            3½ hours of 24              | 3.5
            10^2 of them                | 100
            rs . 500                    | 500
            42k                         |
            42!                         |
            42 x                        |
            6 × 7                       |
            apples: 42 of the 43        | 42
            none of these               |
            """)
    void leadingNumbers(String text, Double number) {
        Answer answer = Reading.leadingNumber(text).answer();
        assertEquals(number, answer == null ? null : answer.number());
    }
}
