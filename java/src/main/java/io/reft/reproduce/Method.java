package io.reft.reproduce;

import java.util.Locale;

/** What is compared, in the table's order. */
enum Method {
    WARMUP("warm-up"), SFT("SFT"), OFFLINE("offline self-training"), ONLINE("online self-training"), REFT("ReFT");

    final String title;

    Method(String title) {
        this.title = title;
    }

    /** Its name in lower case, also of the stage that trains it. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The stage that asks it greedily, and the name of its result. */
    String greedy() {
        return "greedy-" + key();
    }

    /** The stage that trains its reranker, on the warm-up's samples of the training questions as in the paper. */
    String reranker() {
        return "rerank-" + key();
    }

    /** The stage that asks it several times. */
    String sampled() {
        return "vote-" + key();
    }
}
