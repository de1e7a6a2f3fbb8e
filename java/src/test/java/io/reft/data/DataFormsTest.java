package io.reft.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.reft.InputError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of people's own, in the forms and packings that they have. */
class DataFormsTest {
    private static final String ANN = "Ann has 3 pens and buys 4. How many?", TOM = "Tom has 5 apples.\nHow many?";

    @TempDir
    private Path dir;
    private final List<String> told = new ArrayList<>();

    private List<Problem> read(String name, byte[] content, Datasets.How how) throws IOException {
        Path file = dir.resolve(name);
        Files.write(file, content);
        told.clear();
        return Datasets.read(file, how, said -> told.add(said.replace(dir + "/", "")));
    }

    private List<Problem> read(String name, String content) throws IOException {
        return read(name, content.getBytes(StandardCharsets.UTF_8), Datasets.How.STRICT);
    }

    private List<Problem> resource(String name, Datasets.How how) throws IOException, URISyntaxException {
        return read(name, Files.readAllBytes(Path.of(DataFormsTest.class.getResource("/data/" + name).toURI())), how);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static final String CSV = """
            id,question,answer
            a_1,"Ann has 3 pens and buys 4. How many?",7
            a_2,"Tom has 5 apples.
            How many?","$1,250.50"
            a_3,"He said ""half"".",3/4
            """;

    private static final List<Problem> TABLE = List.of(new Problem("a_1", ANN, null, "7"), new Problem("a_2", TOM, null, "$1,250.50"),
            new Problem("a_3", "He said \"half\".", null, "3/4"));

    @Test
    void tables() throws IOException {
        assertEquals(TABLE, read("mine.csv", CSV));
        assertEquals(List.of("3 questions from mine.csv: question ← question, answer ← answer, no solutions."), told);
        assertEquals(TABLE, read("no-name", "\uFEFF" + CSV.replace("\n", "\r\n").replace("apples.\r\n", "apples.\n")));
        assertEquals(TABLE, read("mine.tsv", CSV.replace("id,question,answer", "id\tquestion\tanswer").replaceAll("(?m)^(a_\\d),", "$1\t")
                .replace("\",7", "\"\t7").replace("many?\",\"", "many?\"\t\"").replace("\".\",3", "\".\"\t3")));
        assertEquals(2, read("semicolons", "question;answer\nq;1\nr;2").size());
    }

    @Test
    void packed() throws IOException {
        byte[] bytes = CSV.getBytes(StandardCharsets.UTF_8);
        assertEquals(TABLE, read("a.csv.gz", gzip(bytes), Datasets.How.STRICT));
        assertEquals(TABLE, read("b", Zstd.compress(bytes), Datasets.How.STRICT));
        String lines = "{\"question\":\"q\",\"answer\":\"1\"}\n{\"question\":\"r\",\"answer\":\"2\"}";
        assertEquals(List.of("c_1", "c_2"), read("c.jsonl.gz", gzip(lines.getBytes(StandardCharsets.UTF_8)), Datasets.How.STRICT).stream()
                .map(Problem::id).toList());
        byte[] cut = gzip(bytes);
        assertTrue(assertThrows(InputError.class, () -> read("d.gz", java.util.Arrays.copyOf(cut, cut.length / 2), Datasets.How.STRICT))
                .getMessage().contains("d.gz: cannot be read ("));
    }

    @Test
    void parquet() throws IOException, URISyntaxException {
        assertEquals(List.of(new Problem("gsm8k_1", ANN, "3 + 4 = 7\nTherefore, the answer is: 7", "7"),
                new Problem("gsm8k_2", TOM, "5\nTherefore, the answer is: 5", "5")), resource("gsm8k.parquet", Datasets.How.STRICT));
        assertEquals(List.of(new Problem("10", ANN, null, "7"), new Problem("11", TOM, null, "5")),
                resource("numbers.zstd.parquet", new Datasets.How(Columns.parse("question=q,answer=result,id=id"), 0)));
        assertEquals(List.of(new Problem("messages_1", ANN, "She has 3 + 4 = 7.\n\\boxed{7}", "7"),
                new Problem("messages_2", TOM, null, "5")), resource("messages.parquet", Datasets.How.STRICT));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"question":"q","answer":"2+5=<<2+5=7>>7\\n#### 7"}                         | 7  | 2+5=7\\nTherefore, the answer is: 7
            {"question":"q","answer":"#### 1,234"}                                      | 1,234 |
            {"problem":"q","solution":"So it is $\\\\boxed{42}$.","answer":"42"}        | 42 | So it is $\\boxed{42}$.
            {"problem":"q","solution":"So it is $\\\\boxed{42}$."}                      | 42 | So it is $\\boxed{42}$.
            {"instruction":"q","input":"","output":"3 and 4 are 7. The answer is 7."}   | 7  | 3 and 4 are 7. The answer is 7.
            {"prompt":"q","completion":"34%"}                                           | 34% |
            {"question":"q","answer":12.5,"solution":"def solution():\\n    return 12.5"} | 12.5 | def solution():\\n    return 12.5
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"Final answer: 5 apples"}]} | 5 |
            """)
    void shapes(String row, String answer, String solution) throws IOException {
        Problem problem = read("own.jsonl", row).getFirst();
        assertEquals(new Problem("own_1", "q", solution == null ? null : solution.replace("\\n", "\n"), answer), problem);
    }

    @Test
    void inputsBelongToTheQuestion() throws IOException {
        assertEquals("Add.\n3, 4",
                read("alpaca.json", "[{\"instruction\":\"Add.\",\"input\":\"3, 4\",\"output\":\"7\"}]").getFirst().question());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `question,answer\\nq`                     | row 1 has 1 values, and the table has 2 columns.
            `question,answer,answer\\nq,1,2`          | has two columns "answer".
            `name,age\\nq,1`                          | its first line is "name, age". Name the columns with --fields
            `question,answer\\nq,"1.200,5"`           | answer "1.200,5" may be read in two ways; write the decimal point
            `question,answer\\nq,"5,00"`              | row 1 (x_1): answer "5,00" may be read in two ways
            `question,answer\\nq,a lot`               | row 1 (x_1): answer "a lot" is not a number, as x needs.
            `question,answer\\nq,"1`                  | is no sound table: one of its quotes is never closed.
            `question,answer\\n,1`                    | row 1 (x_1): question is missing or empty.
            `question,answer\\n`                      | holds no problems.
            {"problem":"q","solution":"no end"}       | row 1 (x_1): its solution states no answer that can be read
            {"problem":"q","solution":"The answer is 4. No, the answer is 5."} | row 1 (x_1): its solution states several answers.
            {"problem":"q","solution":"def solution():\\n    return 4"} | its solution is a program, and no field has the answer
            {"messages":[{"role":"assistant","content":"7"}]} | row 1 (x_1): has no message of the user.
            {"messages":[{"role":"tool","content":"7"}]} | row 1 (x_1): has a message of the role "tool"; known are
            {"messages":[7]}                          | row 1 (x_1): messages must be a list of objects with role and content.
            {"question":"q"}                          | has no field that is known for the answer or the solution: name it with --fields
            """)
    void refused(String text, String message) {
        InputError error = assertThrows(InputError.class, () -> read("x", text.replace("\\n", text.startsWith("{") ? "\\n" : "\n")));
        assertTrue(error.getMessage().startsWith(dir.resolve("x").toString()) && error.getMessage().contains(message), error.getMessage());
    }

    @Test
    void brokenParquet() throws IOException {
        byte[] broken = new byte[200];
        System.arraycopy("PAR1".getBytes(StandardCharsets.US_ASCII), 0, broken, 0, 4);
        InputError error = assertThrows(InputError.class, () -> read("x.parquet", broken, Datasets.How.STRICT));
        assertTrue(error.getMessage().contains("x.parquet: cannot be read as Parquet ("), error.getMessage());
    }

    @Test
    void badRowsAreLeftOutWhereThatIsAskedFor() throws IOException {
        String rows = "question,answer\nq,1\nr,many\ns,3\nt\n";
        byte[] bytes = rows.getBytes(StandardCharsets.UTF_8);
        assertEquals(List.of("q", "s"), read("x.csv", bytes, new Datasets.How(null, 2)).stream().map(Problem::question).toList());
        assertEquals("2 bad rows left out: " + dir + "/x.csv row 4 has 1 values, and the table has 2 columns; " + dir
                + "/x.csv row 2 (x_2): answer \"many\" is not a number, as x needs.",
                told.getLast().replace("x.csv row", "x.csv row")
                        .replaceAll("(: |; )x\\.csv", "$1" + dir + "/x.csv"));
        assertThrows(InputError.class, () -> read("x.csv", bytes, new Datasets.How(null, 1)));
        assertThrows(InputError.class,
                () -> read("x.csv", "question,answer\nr,many\n".getBytes(StandardCharsets.UTF_8), new Datasets.How(null, 9)));
        assertEquals(1, read("x.jsonl", "{\"question\":\"q\",\"answer\":\"1\"}\n{\"question\":\n".getBytes(StandardCharsets.UTF_8),
                new Datasets.How(null, 1)).size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            question=q               | --fields needs question=FIELD, and answer=FIELD or solution=FIELD.
            question=q,answer        | --fields: "answer" is none of question=FIELD
            question=q,answer=a,x=y  | --fields: "x=y" is none of
            question=q,question=r    | --fields: question is given twice.
            """)
    void fieldsThatMakeNoSense(String text, String message) {
        assertTrue(assertThrows(InputError.class, () -> Columns.parse(text)).getMessage().startsWith(message));
    }
}
