package io.reft.reproduce;

import java.util.Locale;

/** What is compared, in the table's order. A method is run where the cell's checkpoint has a recipe for it. */
enum Method {
    WARMUP("warm-up", null, null),
    SFT("SFT", "sft", "-baseline"),
    OFFLINE("offline self-training", "self-train", "-offline"),
    ONLINE("online self-training", "self-train", "-online"),
    REFT("ReFT", "ppo", ""),
    GRPO("GRPO", "rl", "-grpo"),
    RLOO("RLOO", "rl", "-rloo");

    final String title;
    /** The command that trains it; null for the warm-up, which SFT leaves on its way. */
    final String command;
    /** The ending of its recipe. */
    final String recipe;

    Method(String title, String command, String recipe) {
        this.title = title;
        this.command = command;
        this.recipe = recipe;
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
