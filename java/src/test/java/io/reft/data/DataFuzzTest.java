package io.reft.data;

import static io.reft.checkpoint.Mutations.succeedsOrExplains;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.checkpoint.JsonMutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data files of all forms, damaged in seeded ways: they are read, or refused in a sentence. */
class DataFuzzTest {
    private static final String ROWS = """
            {"item_id": "svamp_0", "question": "Ann has 3 pens and buys 4. How many?", "answer_cot": "def solution():\\n    return 3 + 4", \
            "answer_value": 7.0, "more": {"a": [1]}}
            {"item_id": "mathqa_1", "question": "Which? a ) 1 , b ) 2", "answer_cot": "It is 2.\\nTherefore, the answer is: b", \
            "answer_value": "b"}
            {"item_id": "gsm8k_2", "question": "é \\u00e9 \\ud83d\\ude00", "answer_value": "1,234"}
            """;
    private static final List<String> FORMS = List.of(ROWS, "[" + ROWS.strip().replace("\n", ",\n") + "]",
            "{\"v\": 1,\n \"data\": [" + ROWS.strip().replace("\n", ",\n") + "], \"end\": null}",
            "{\"question\": \"How many?\", \"answer\": \"3 + 4 = <<3+4=7>>7\\n#### 7\"}\n",
            "[{\"ID\": \"chal-1\", \"Body\": \"Ann has 3 pens\", \"Question\": \"How many?\", \"Equation\": \"( "
                    + "3.0 + 4.0 )\", \"Answer\": 7.0, \"Type\": \"Addition\"}]",
            "[{\"Problem\": \"what is 2 ?\", \"Rationale\": \"\\\"it is 2 . answer is b\\\"\", \"options\": \"a ) "
                    + "1 , b ) 2 , c ) 3\", \"correct\": \"b\", \"category\": \"general\"}]");

    @Test
    void readOrRefused(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("data.json");
        int read = 0;
        for (int seed = 0; seed < 600; seed++) {
            Files.write(file, JsonMutations.of(FORMS.get(seed % FORMS.size()), seed));
            SolutionFormat format = seed % 4 < 2 ? SolutionFormat.PYTHON : SolutionFormat.NL;
            Originals.Asked asked = seed % 2 == 0 ? Originals.Asked.CHOICE : Originals.Asked.NUMERIC;
            boolean good = succeedsOrExplains(() -> {
                List<Problem> problems = Originals.read(file, format, asked).problems();
                Statistics.of(problems);
                Datasets.write(dir.resolve("out.json"), problems);
                Template template = Template.PAPER.indentedAs(problems);
                for (Problem problem : problems) {
                    template.prompt(problem);
                    Choices.of(problem);
                    ChangedNumbers.of(problem, 1);
                    if (problem.cot() != null) {
                        template.gold(problem, problem.cot().startsWith("def ") ? SolutionFormat.PYTHON : SolutionFormat.NL);
                    }
                }
            }, "seed " + seed);
            read += good ? 1 : 0;
        }
        assertTrue(read > 50 && read < 550, "neither all nor none: " + read);
    }
}
