package io.reft.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.data.Problem;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rewards of the user's own: sums of parts, and programs. */
class RewardMixTest {
    private static final Reward VERIFIER = Grading.of(SolutionFormat.PYTHON).reward(Template.DEMO);
    private static final Problem PROBLEM = new Problem("svamp_1", "Ann said \"ü\\n\". How many?", null, "7");
    private static final List<Attempt> ATTEMPTS = List.of(new Attempt(PROBLEM, "def solution():\n    return 3 + 4", true),
            new Attempt(PROBLEM, "def solution():\n    return 8", true), new Attempt(PROBLEM, "def", true),
            new Attempt(PROBLEM, "def solution():\n    return 3 + 4", false));

    private static List<Score> scored(int seconds, String... parts) {
        try (RewardMix mix = new RewardMix(VERIFIER, Stream.of(parts).map(p -> RewardMix.Part.of(p, Duration.ofSeconds(seconds))).toList());
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            return mix.scoreAll(ATTEMPTS, executor);
        }
    }

    private static List<Double> values(String... parts) {
        return scored(20, parts).stream().map(Score::value).toList();
    }

    @Test
    void partsAddUp() {
        assertEquals(List.of(1.0, 0.1, 0.0, 0.0), values("score"));
        assertEquals(List.of(1.1, 0.1, 0.0, 0.0), values("right=1", "format=0.1"));
        assertEquals(List.of(-0.5, -0.5, -0.5, 0.0), values("finished=-.5"));
        assertEquals(List.of(Score.Verdict.RIGHT, Score.Verdict.WRONG, Score.Verdict.PROGRAM_ERROR, Score.Verdict.UNFINISHED),
                scored(20, "finished").stream().map(Score::verdict).toList(), "what is right stays the verifier's word");
    }

    /** One that answers line by line, one that reads all first, one with objects; they see what they need. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            exec:while read -r line; do case $line in *'"answer":"7"'*) echo 2;; *) echo -1.5;; esac; done        | 2.0, -1.5, -1.5, -1.5
            exec:n=0; while [ $n -lt 4 ] && read -r line; do n=$((n+1)); done; echo 1; echo 2; echo 3; echo 4; cat | 1.0, 2.0, 3.0, 4.0
            exec:while read -r line; do echo '{"score": 0.25, "why": "so"}'; done=4                                | 1.0, 1.0, 1.0, 1.0
            exec:while read -r line; do case $line in *'"gold":"7"'*'"verdict":"right"'*) echo 1;; *) echo 0;; esac; done | 1.0, 0.0, \
            0.0, 0.0
            """)
    void programsScore(String part, String expected) {
        assertEquals(expected, String.join(", ", values(part).stream().map(Object::toString).toList()));
    }

    @Test
    void aProgramServesManyBatches() {
        try (RewardMix mix =
                new RewardMix(VERIFIER, List.of(RewardMix.Part.of("exec:while read -r line; do echo 3; done", Duration.ofSeconds(20))));
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            List<Attempt> many = IntStream.range(0, 3000).mapToObj(i -> ATTEMPTS.get(1)).toList();   // more than any pipe holds
            for (int batch = 0; batch < 2; batch++) {
                assertTrue(mix.scoreAll(many, executor).stream().allMatch(s -> s.value() == 3));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            exec:read -r line; echo 1; exit 3           | ended with exit code 3 after 1 of 4 scores
            exec:no-such-program-anywhere               | ended with exit code 127 after 0 of 4 scores
            exec:while read -r line; do echo good; done | answered "good" for svamp_1: a line with one finite number was expected
            exec:while read -r line; do echo 1e999; done| answered "1e999" for svamp_1
            exec:while read -r line; do echo '[1]'; done| answered "[1]" for svamp_1
            exec:read -r line; echo 1; sleep 60         | gave 1 of 4 scores and then nothing for 1 seconds
            exec:                                       | names no command
            beauty=2                                    | there are right
            """)
    void faultsAreNamed(String part, String sentence) {
        InputError error = assertThrows(InputError.class, () -> scored(1, part));
        assertTrue(error.getMessage().contains(sentence), error.getMessage());
    }
}
