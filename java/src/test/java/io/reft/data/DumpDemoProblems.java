package io.reft.data;

import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the demo's problems of one seed as train.json, dev.json and test.json; {@code models/demo/train_tokenizer.py} reads them. */
final class DumpDemoProblems {
    private DumpDemoProblems() {}

    public static void main(String[] arguments) throws Exception {
        Path out = Files.createDirectories(Path.of(arguments[0]));
        double mentalShare = arguments.length > 2 ? Double.parseDouble(arguments[2]) : DemoProblems.MENTAL_SHARE;
        DemoProblems problems = DemoProblems.of(Long.parseLong(arguments[1]), 1500, 200, 500, mentalShare);
        Datasets.write(out.resolve("train.json"), problems.train());
        Datasets.write(out.resolve("dev.json"), problems.dev());
        Datasets.write(out.resolve("test.json"), problems.test());
    }
}
