package io.reft.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * The demo's own word problems: templated stories of one to three operations, each with one right gold program.
 *
 * <p>A story has a start (a count, or so many boxes of so many each), perhaps a gain or a loss, perhaps a number that does
 * not matter, and a question: how many now, what they cost, how they are shared, or a comparison with someone else.
 * The gold programs come from several annotators. Most name their numbers or write one expression; a <em>mental</em>
 * annotator does the arithmetic in the head and writes computed values only. Such a program is right but teaches
 * nothing that carries over, and a model trained on it learns to guess; reinforcement learning unlearns that, because
 * guesses seldom earn the reward. So the gap between ReFT and SFT grows with the mental share, and whoever shows that gap
 * should name the share beside it.
 *
 * <p>What it leaves out: anything a real data set is hard for (world knowledge, long texts, odd wording).
 *
 * @param train training problems
 * @param dev   development problems, on which checkpoints are chosen
 * @param test  held-out problems, looked at once
 */
public record DemoProblems(List<Problem> train, List<Problem> dev, List<Problem> test) {
    /** The share of questions whose gold program is written by the mental annotator, unless told otherwise. */
    public static final double MENTAL_SHARE = 0.2;

    private static final String[] PEOPLE = ("Ada Bo Cleo Dina Emil Finn Gita Hugo Iris Jack Kira Lars Maya Nils Olga Pete "
            + "Rosa Sven Tess Vera").split(" ");
    private static final String[] THINGS = ("marbles cookies tickets buttons lemons candles ribbons magnets feathers crayons "
            + "pears mugs stones tulips spoons").split(" ");
    private static final String[] HOLDERS = "baskets crates drawers bowls".split(" ");

    /** 1,500 training, 200 development and 500 held-out problems, all distinct, as the demo uses them. */
    public static DemoProblems of(long seed) {
        return of(seed, 1500, 200, 500, MENTAL_SHARE);
    }

    /**
     * Distinct problems, the same for the same arguments on every machine.
     *
     * @param mentalShare the share, 0 to 1, of gold programs that hold computed values only
     */
    public static DemoProblems of(long seed, int train, int dev, int test, double mentalShare) {
        Random random = new Random(seed);
        int wanted = train + dev + test;
        Set<String> seen = new HashSet<>();
        List<Problem> problems = new ArrayList<>(wanted);
        while (problems.size() < wanted) {
            Story story = Story.tell(random);
            if (seen.add(story.question())) {
                String program = random.nextDouble() < mentalShare ? story.mental() : switch (random.nextInt(3)) {
                    case 0 -> story.letters(random);
                    case 1 -> story.running(random);
                    default -> story.expression(random);
                };
                problems.add(new Problem("demo_" + problems.size(), story.question(), program,
                        Integer.toString(story.answer())));
            }
        }
        return new DemoProblems(List.copyOf(problems.subList(0, train)),
                List.copyOf(problems.subList(train, train + dev)), List.copyOf(problems.subList(train + dev, wanted)));
    }

    /**
     * One operation on the value so far. Its operand is the story's number {@code index}, or, where {@code earlier} is set, the
     * value after {@code index} operations.
     */
    private record Step(String operator, int index, boolean earlier) {
        int apply(int left, int right) {
            return switch (operator) {
                case "+" -> left + right;
                case "-" -> left - right;
                case "*" -> left * right;
                default -> left / right;
            };
        }
    }

    /** A question, the numbers it is worked out from (in the text's order) and the operations that lead to the answer. */
    private record Story(String question, List<Integer> numbers, List<Step> steps) {
        static Story tell(Random random) {
            Telling telling = new Telling(random);
            telling.start();
            if (random.nextDouble() < 0.65) {
                telling.change();
            }
            telling.ask();
            return new Story(String.join(" ", telling.sentences), telling.numbers, telling.steps);
        }

        /** The value before the first operation and after each one; the last is the answer. */
        List<Integer> values() {
            List<Integer> values = new ArrayList<>(List.of(numbers.getFirst()));
            for (Step step : steps) {
                int operand = step.earlier() ? values.get(step.index()) : numbers.get(step.index());
                values.add(step.apply(values.getLast(), operand));
            }
            return values;
        }

        int answer() {
            return values().getLast();
        }

        /** Every number gets a letter, every operation the next one. */
        String letters(Random random) {
            List<String> lines = new ArrayList<>();
            char next = 'a';
            for (int number : numbers) {
                lines.add(next++ + " = " + number);
            }
            List<String> names = new ArrayList<>(List.of("a"));
            for (Step step : steps) {
                String operand = step.earlier() ? names.get(step.index()) : String.valueOf((char) ('a' + step.index()));
                String expression = join(random, names.getLast(), step.operator(), operand);
                names.add(String.valueOf(next++));
                lines.add(names.getLast() + " = " + expression);
            }
            return program(lines);
        }

        /** One variable is carried along, and the numbers stand where they are used. */
        String running(Random random) {
            List<String> lines = new ArrayList<>(List.of("x = " + numbers.getFirst()));
            List<String> names = new ArrayList<>(List.of("x"));
            for (int i = 0; i < steps.size(); i++) {
                Step step = steps.get(i);
                String operand = step.earlier() ? names.get(step.index()) : numbers.get(step.index()).toString();
                // a value that a later step looks back to keeps its name
                int now = i;
                boolean kept = steps.subList(i + 1, steps.size()).stream().anyMatch(s -> s.earlier() && s.index() == now);
                names.add(kept ? "y" : names.getLast());
                lines.add(names.getLast() + " = " + join(random, names.get(i), step.operator(), operand));
            }
            return program(lines);
        }

        /** The whole solution in one expression. */
        String expression(Random random) {
            List<String> texts = new ArrayList<>(List.of(numbers.getFirst().toString()));
            List<Integer> ranks = new ArrayList<>(List.of(3)); // 3 a number, 2 a product, 1 a sum: who needs brackets
            for (Step step : steps) {
                int rank = step.operator().equals("+") || step.operator().equals("-") ? 1 : 2;
                boolean earlier = step.earlier();
                String left = bracketed(texts.getLast(), ranks.getLast() < rank);
                String right = earlier ? bracketed(texts.get(step.index()), ranks.get(step.index()) <= rank)
                        : numbers.get(step.index()).toString();
                // a quotient or difference on the right would need brackets of its own, so only plain operands change sides
                texts.add(earlier || ranks.getLast() <= rank ? left + " " + step.operator() + " " + right
                        : join(random, left, step.operator(), right));
                ranks.add(rank);
            }
            return "def solution():\n    return " + texts.getLast();
        }

        /** The arithmetic is done in the head; only the values it went through are written down. */
        String mental() {
            List<String> lines = new ArrayList<>();
            for (int value : values()) {
                lines.add("x = " + value);
            }
            return program(lines);
        }

        /** The lines as a function; the last assignment becomes what is returned. */
        private static String program(List<String> lines) {
            String last = lines.removeLast();
            lines.add("return " + last.substring(last.indexOf('=') + 2));
            return "def solution():\n    " + String.join("\n    ", lines);
        }

        private static String bracketed(String text, boolean brackets) {
            return brackets ? "(" + text + ")" : text;
        }

        private static String join(Random random, String left, String operator, String right) {
            boolean swap = (operator.equals("+") || operator.equals("*")) && random.nextBoolean();
            return swap ? right + " " + operator + " " + left : left + " " + operator + " " + right;
        }
    }

    /** A story while it is being told: what was said so far, and the value it has led to. */
    private static final class Telling {
        private final Random random;
        private final String person;
        private final String other;
        private final String things;
        private final String otherThings;
        private final String holders;
        private final List<String> sentences = new ArrayList<>();
        private final List<Integer> numbers = new ArrayList<>();
        private final List<Step> steps = new ArrayList<>();
        private int value;

        Telling(Random random) {
            this.random = random;
            String[] people = two(PEOPLE);
            String[] things = two(THINGS);
            this.person = people[0];
            this.other = people[1];
            this.things = things[0];
            this.otherThings = things[1];
            this.holders = HOLDERS[random.nextInt(HOLDERS.length)];
        }

        void start() {
            if (random.nextDouble() < 0.3) {
                int groups = number(2, 12);
                int each = number(2, 15);
                value = groups;
                step("*");
                say(either(person + " owns " + groups + " " + holders + " of " + each + " " + things + ".",
                        "In " + groups + " " + holders + " " + person + " keeps " + each + " " + things + " each."));
            } else {
                value = number(5, 60);
                say(either(person + " owns " + value + " " + things + ".",
                        person + " starts with " + value + " " + things + "."));
            }
        }

        void change() {
            if (random.nextBoolean()) {
                int more = number(2, 40);
                step("+");
                say(either(person + " makes " + more + " more.", other + " brings " + more + " more.",
                        "Then " + person + " wins " + more + "."));
            } else {
                int gone = number(2, Math.max(2, Math.min(40, value - 2)));
                step("-");
                say(either(gone + " of them break.", other + " takes " + gone + " away.",
                        "Then " + person + " loses " + gone + "."));
            }
        }

        void ask() {
            if (random.nextDouble() < 0.25) {
                int idle = 2 + random.nextInt(59);
                sentences.add(1 + random.nextInt(sentences.size()), either(
                        other + " counts " + idle + " " + otherThings + ".", other + " is " + idle + " years old."));
            }
            double kind = random.nextDouble();
            if (kind < 0.3 && !steps.isEmpty()) {
                say(either("How many " + things + " are there now?", "How many " + things + " does that make?"));
            } else if (kind < 0.5) {
                int price = number(2, 20);
                step("*");
                say(either("One costs " + price + " coins. What do all of them cost?",
                        "Each weighs " + price + " grams. How much do they weigh?"));
            } else if (kind < 0.65 && shares().length > 0) {
                int[] shares = shares();
                int parts = shares[random.nextInt(shares.length)];
                numbers.add(parts);
                step("//");
                say(either(parts + " children split them. How many does each get?",
                        "They fill bags of " + parts + ". How many bags is that?"));
            } else {
                compare();
            }
        }

        private void compare() {
            int kind = random.nextInt(value > 4 ? 3 : 2);
            int base = steps.size();
            switch (kind) {
                case 0 -> compare(number(2, 30), "+", " more");
                case 1 -> compare(number(2, 9), "*", " times as many");
                default -> compare(number(2, Math.min(30, value - 1)), "-", " fewer");
            }
            if (steps.size() == 3 || random.nextBoolean()) { // three operations at the most
                say("How many does " + other + " own?");
            } else {
                steps.add(new Step("+", base, true));
                say("How many do both own?");
            }
        }

        private void compare(int by, String operator, String words) {
            step(operator);
            say(other + " owns " + by + words + ".");
        }

        /** Applies the operator with the number that was given last. */
        private void step(String operator) {
            Step step = new Step(operator, numbers.size() - 1, false);
            steps.add(step);
            value = step.apply(value, numbers.getLast());
        }

        private int number(int low, int high) {
            int number = low + random.nextInt(high - low + 1);
            numbers.add(number);
            return number;
        }

        private int[] shares() {
            return java.util.stream.IntStream.rangeClosed(2, 12).filter(d -> value % d == 0).toArray();
        }

        private void say(String sentence) {
            sentences.add(sentence);
        }

        private String either(String... sentences) {
            return sentences[random.nextInt(sentences.length)];
        }

        private String[] two(String[] words) {
            int first = random.nextInt(words.length);
            int second = (first + 1 + random.nextInt(words.length - 1)) % words.length;
            return new String[] {words[first], words[second]};
        }
    }
}
