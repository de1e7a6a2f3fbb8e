package io.reft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Golden;
import org.junit.jupiter.api.Test;

/** What is said of a model. */
class InfoTest {
    @Test
    void aModelIsDescribed() {
        Run run = Run.reft("info", "--model", Golden.repository("models/golden/opt-350m"), "--tokens-per-batch", 64);
        assertEquals(0, run.code(), run.err());
        // 19·6 embedding, 18·10 positions, 2·60 projections, 2 layers of 440 in attention, 40 in norms, 241 in the MLP; final norm none
        assertTrue(run.out().contains("parameters       1,856\n"), run.out());
        assertTrue(run.out().contains("layers           2 of width 10, 2 heads of 5 on 2 key/value heads, MLP of 11 (relu)\n"), run.out());
        assertTrue(run.out().contains("tokenizer        none\n"), run.out());
        assertTrue(run.out().contains("a sequence of 16 tokens\n") && run.out().contains("(--tokens-per-batch 64)"), run.out());
    }

    @Test
    void noModelNoDescription() {
        Run run = Run.reft("info", "--model", "nowhere");
        assertEquals(2, run.code());
        assertEquals("reft info: nowhere: no such folder; a model is a local folder with config.json and its weights.", run.err().strip());
    }
}
