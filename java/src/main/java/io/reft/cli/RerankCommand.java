package io.reft.cli;

import picocli.CommandLine.Command;

/** {@code reft rerank}: what is done to get a reranker; {@code reft eval --rerank} uses it. */
@Command(name = "rerank", description = "Rerankers: classifiers that pick the best of several solutions.",
        subcommands = RerankTrainCommand.class,
        footer = "  reft rerank train --model runs/reft --data svamp.json --samples 16 --out runs/reranker")
final class RerankCommand {}
