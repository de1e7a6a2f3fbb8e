package io.reft.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import io.reft.Shared;
import io.reft.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptTest {
    private static final Problem PROGRAM =
            new Problem("svamp_1", "Is \"it\" 2 \\ 1?", "def solution():\n    '''Is it\n\n  2?'''  \n    return 2", "2.0");

    /** One id a character, but a newline with the four spaces behind it is one id, as in a byte-level BPE. */
    private static final class Letters implements Tokenizer {
        @Override
        public int[] encode(String text) {
            return text.replace("\n    ", "\u0001").chars().toArray();
        }

        @Override
        public String decode(int[] ids) {
            return new String(ids, 0, ids.length).replace("\u0001", "\n    ");
        }

        @Override
        public int size() {
            return 65536;
        }

        @Override
        public int idOf(String token) {
            return -1;
        }

        @Override
        public void close() {}
    }

    private static Template.Gold prose(String cot) {
        return Template.PAPER.gold(new Problem("svamp_1", "q", cot, "203.0"), SolutionFormat.NL);
    }

    @Test
    void paperPrompts() {
        Encoder encoder = new Encoder(new Letters(), Template.PAPER, SolutionFormat.PYTHON, 1, 2);
        Prompt prompt = encoder.prompt(PROGRAM);
        assertEquals("Question:\nIs \"it\" 2 \\ 1?\nAnswer reasoning:\n", prompt.text());
        assertEquals("def solution():\n    \"\"\"Is \"it\" 2 \\ 1?\"\"\"\n", prompt.head());
        assertEquals(prompt.text() + prompt.head(), new Letters().decode(prompt.ids()));
        assertEquals("", new Encoder(new Letters(), Template.PAPER, SolutionFormat.NL, -1, 2).prompt(PROGRAM).head());
    }

    @Test
    void boundariesAreThoseOfGeneration() {
        Encoder encoder = new Encoder(new Letters(), Template.PAPER, SolutionFormat.PYTHON, -1, 2);
        Problem own = new Problem("svamp_1", "q", "def solution():\n    \"\"\"q\"\"\"\n    return 2\n", "2");
        int[] prompt = encoder.prompt(own).ids();
        Example example = encoder.example(own);
        assertArrayEquals(prompt, Arrays.copyOf(example.ids(), prompt.length));
        assertArrayEquals(new Letters().encode("    return 2"), Arrays.copyOfRange(example.ids(), prompt.length, example.ids().length - 1));
        assertEquals(2, example.ids()[example.ids().length - 1]);
        assertEquals("Question:\nq\nAnswer reasoning:\n".length(), example.promptLength());
        assertArrayEquals(example.ids(), encoder.example(own, "    return 2").ids());
    }

    @Test
    void demoPrompts() {
        Encoder encoder = new Encoder(new Letters(), Template.DEMO, SolutionFormat.PYTHON, 1, 2);
        Problem problem = new Problem("demo_1", "q", "def solution():\n    return 2", "2");
        assertArrayEquals(new int[] {1, 'q', '\n'}, encoder.prompt(problem).ids());
        Example example = encoder.example(problem);
        assertEquals(3, example.promptLength());
        assertEquals("def solution():\n    return 2", new Letters().decode(Arrays.copyOfRange(example.ids(), 3, example.ids().length - 1)));
        assertEquals(problem.cot(), Template.DEMO.program(problem, problem.cot()));
        assertEquals(Template.DEMO, Template.named("demo"));
        assertThrows(InputError.class, () -> Template.named("nice"));
        assertThrows(InputError.class, () -> new Encoder(new Letters(), Template.DEMO, SolutionFormat.PYTHON, -1, 2));
    }

    @Test
    void programsKeepTheirOwnDocstring() {
        Template.Gold gold = Template.PAPER.gold(PROGRAM, SolutionFormat.PYTHON);
        assertEquals("def solution():\n    '''Is it\n\n  2?'''  \n", gold.head());
        assertEquals("    return 2", gold.continuation());
        assertEquals("def solution():\n    \"\"\"Is \\\"it\\\" 2 \\\\ 1?\"\"\"\n    return 2",
                Template.PAPER.program(PROGRAM, gold.continuation()));
        Problem none = new Problem("svamp_2", "q", "def solution():\n    x = '''a'''\n    return 3", "3");
        assertEquals(new Template.Gold("def solution():\n    \"\"\"q\"\"\"\n", "    x = '''a'''\n    return 3"),
                Template.PAPER.gold(none, SolutionFormat.PYTHON));
        Problem escaped = new Problem("svamp_2", "q", "def solution():\n    \"\"\"a \\\"\"\" b\"\"\"\n    return 3", "3");
        assertEquals("    return 3", Template.PAPER.gold(escaped, SolutionFormat.PYTHON).continuation());
    }

    /** The docstring is as deep as the body, whether the data or a model wrote it. */
    @Test
    void headsHaveTheBodysIndentation() {
        for (String deep : List.of("\t", "  ", "    ", "        ", " \t")) {
            Problem bare = new Problem("svamp_1", "q",
                    "def solution():\n" + deep + "# a step\n\n" + deep + "x = 1\n" + deep + "return x + 1", "2");
            Template.Gold gold = Template.PAPER.gold(bare, SolutionFormat.PYTHON);
            assertEquals("def solution():\n" + deep + "\"\"\"q\"\"\"\n", gold.head());
            assertEquals(bare.cot(), "def solution():\n" + gold.continuation());
            assertEquals(gold.head() + gold.continuation(), Template.PAPER.program(bare, gold.continuation()));
            Problem own = new Problem("svamp_1", "q", "def solution():\n" + deep + "'''q'''\n" + deep + "return 2", "2");
            assertEquals(deep + "return 2", Template.PAPER.gold(own, SolutionFormat.PYTHON).continuation());
            assertEquals("def solution():\n" + deep + "\"\"\"q\"\"\"\n" + deep + "return 2",
                    Template.PAPER.program(own, deep + "return 2"));

            Template template = Template.PAPER.indentedAs(List.of(bare, own, PROGRAM, new Problem("svamp_2", "q", null, "3")));
            assertEquals(deep, template.indentation());
            assertEquals("def solution():\n" + deep + "\"\"\"q\"\"\"\n",
                    template.head(new Problem("svamp_9", "q", null, "1"), SolutionFormat.PYTHON));
        }
        assertEquals(Template.PAPER, Template.PAPER.indentedAs(List.of(new Problem("svamp_2", "q", "so 3", "3"))));
        assertEquals("def solution():\n    \"\"\"q\"\"\"\nreturn 2",
                Template.PAPER.program(new Problem("svamp_2", "q", null, "2"), "return 2"), "no program: it fails");
    }

    @Test
    void refusesTheOtherForm() {
        assertThrows(InputError.class, () -> Template.PAPER.gold(PROGRAM, SolutionFormat.NL));
        assertThrows(InputError.class, () -> Template.PAPER.gold(new Problem("svamp_2", "q", "so 3", "3"), SolutionFormat.PYTHON));
        assertThrows(InputError.class, () -> Template.PAPER.gold(new Problem("svamp_2", "q", null, "3"), SolutionFormat.NL));
    }

    @Test
    void proseEndsInOneAnswerLine() {
        String line = "\nTherefore, the answer is: 203.0";
        for (String own : List.of("7 * 29 = 203.\n\nTherefore, the answer is <203>.", "7 * 29 = 203.", "7 * 29 = 203. The answer is <203>.",
                "7 * 29 = 203." + line, "7 * 29 = 203. So, the answer is <203>.  ")) {
            assertEquals(new Template.Gold("", "7 * 29 = 203." + line), prose(own));
        }
        assertEquals("we see that the answer is 203" + line, prose("we see that the answer is 203").continuation());
        assertEquals("The answer is 4\nno, 203" + line, prose("The answer is 4\nno, 203").continuation());
        assertEquals(line, prose("The answer is 4").continuation());
    }

    @Test
    void everyRowOfThePapersSetsIsSplit() {
        for (Problem problem : Datasets.read(Shared.path("data/reft/svamp_nl.json"))) {
            String text = Template.PAPER.gold(problem, SolutionFormat.NL).continuation();
            assertTrue(text.endsWith("\nTherefore, the answer is: " + problem.answer()), text);
            assertTrue(!text.contains("<") && !text.startsWith("\n"), text);
        }
        for (Problem problem : Datasets.read(Shared.path("data/reft/svamp_python_sdp.json"))) {
            Template.Gold gold = Template.PAPER.gold(problem, SolutionFormat.PYTHON);
            assertEquals(problem.cot(), gold.head() + gold.continuation());
            assertTrue(gold.head().endsWith("\"\"\"\n") && gold.continuation().startsWith("    "), problem.cot());
        }
    }
}
