package io.reft.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a regular expression can cost Oniguruma, the engine of the tokenizers library: it tries every way to match, and where it has
 * gone back ten million times from one place of the text it fails, and ends the JVM. This reader takes the part of Oniguruma's
 * syntax that tokenizers use, and bounds the steps back from how repetitions stand one after the other or one in the other; what it
 * does not know (back references, calls, conditions, callouts) or cannot bound it refuses.
 *
 * @param steps    at most so often does the engine go back while it looks for a match at one place of a text of the given length
 * @param shortest characters of the shortest match; 0 where the expression can match nothing
 */
record Regex(double steps, int shortest) {
    /** That an expression is not taken, with the reason as the end of a sentence. */
    static final class Refused extends Exception {
        Refused(String reason) {
            super(reason, null, false, false);
        }
    }

    /** Steps that a match may take; the engine itself counts to 10 million, more sparingly than this class. */
    static final double MOST_STEPS = 5e6;

    private static final int LONGEST = 10_000; // characters of an expression, and of what repetitions with a limit spell out
    private static final int DEEPEST = 40;
    private static final int UNBOUNDED = Integer.MAX_VALUE;

    /**
     * Bounds {@code expression} on texts of at most {@code length} characters.
     *
     * @throws Refused where it is outside the known syntax, or takes more than {@link #MOST_STEPS}
     */
    static Regex read(String expression, int length) throws Refused {
        if (expression.length() > LONGEST) {
            throw new Refused("is longer than " + LONGEST + " characters");
        }
        Reader reader = new Reader(expression.codePoints().toArray());
        Node node = reader.alternatives(0, false);
        if (reader.more()) {
            throw new Refused("has a \")\" too many");
        }
        double steps = node.cost(length, false).back;
        if (!(steps <= MOST_STEPS)) {
            throw new Refused("can take too many steps on a long text: a repetition can give back to another, or stands in another");
        }
        return new Regex(steps, node.shortest());
    }

    /**
     * @param ways at most so many different matches the node offers to what follows it, which fails after each
     * @param back at most so often the engine goes back within the node while it offers them
     */
    private record Cost(double ways, double back) {}

    private sealed interface Node {
        /** @param fails whether what follows the node in the match can fail, so that the node is asked for other ways to match */
        Cost cost(int length, boolean fails);

        /** Whether there are places where the node does not match. */
        boolean canFail();

        int shortest();

        /** {@link #UNBOUNDED} where there is no limit. */
        int longest();

        /** Characters and anchors in it, repetitions written out. */
        double size();
    }

    /** One character of a set. Ignoring case, it may stand for several characters, or match more than one way. */
    private record One(boolean ignoresCase) implements Node {
        @Override
        public Cost cost(int length, boolean fails) {
            return new Cost(ignoresCase ? 3 : 1, 1);
        }

        @Override
        public boolean canFail() {
            return true;
        }

        @Override
        public int shortest() {
            return 1;
        }

        @Override
        public int longest() {
            return ignoresCase ? 3 : 1;
        }

        @Override
        public double size() {
            return 1;
        }
    }

    /** Matches no character: an anchor ({@code around} is null), or a look at what comes next or, {@code behind}, at what stands before. */
    private record Place(Node around, boolean behind) implements Node {
        @Override
        public Cost cost(int length, boolean fails) {
            // it looks for one match; backwards, from as many starts as the match has lengths
            double looks = around == null ? 0 : behind ? 1.0 + around.longest() - around.shortest() : 1;
            return new Cost(1, 1 + (around == null ? 0 : looks * around.cost(length, false).back));
        }

        @Override
        public boolean canFail() {
            return true;
        }

        @Override
        public int shortest() {
            return 0;
        }

        @Override
        public int longest() {
            return 0;
        }

        @Override
        public double size() {
            return around == null ? 1 : around.size();
        }
    }

    /** Once matched, it offers no other way: {@code (?>…)}. */
    private record Atomic(Node body) implements Node {
        @Override
        public Cost cost(int length, boolean fails) {
            return new Cost(1, 1 + body.cost(length, false).back);
        }

        @Override
        public boolean canFail() {
            return body.canFail();
        }

        @Override
        public int shortest() {
            return body.shortest();
        }

        @Override
        public int longest() {
            return body.longest();
        }

        @Override
        public double size() {
            return body.size();
        }
    }

    private record Alternatives(List<Node> branches) implements Node {
        @Override
        public Cost cost(int length, boolean fails) {
            double ways = 0, back = branches.size();
            for (Node branch : branches) {
                Cost cost = branch.cost(length, fails);
                ways += cost.ways;
                back += cost.back;
            }
            return new Cost(fails ? ways : 1, back);
        }

        @Override
        public boolean canFail() {
            return branches.stream().allMatch(Node::canFail);
        }

        @Override
        public int shortest() {
            return branches.stream().mapToInt(Node::shortest).min().orElse(0);
        }

        @Override
        public int longest() {
            return branches.stream().mapToInt(Node::longest).max().orElse(0);
        }

        @Override
        public double size() {
            return branches.stream().mapToDouble(Node::size).sum();
        }
    }

    private record Sequence(List<Node> parts) implements Node {
        @Override
        public Cost cost(int length, boolean fails) {
            boolean[] failsAfter = new boolean[parts.size()];
            boolean after = fails;
            for (int i = parts.size() - 1; i >= 0; i--) {
                failsAfter[i] = after;
                after |= parts.get(i).canFail();
            }
            double ways = 1, back = 0;
            for (int i = 0; i < parts.size(); i++) {
                Cost cost = parts.get(i).cost(length, failsAfter[i]);
                boolean last = !failsAfter[i] && !parts.get(i).canFail(); // the match is sure once it comes to this part: it does once
                back += (last ? 1 : ways) * cost.back;
                ways *= cost.ways;
            }
            return new Cost(fails ? ways : 1, back);
        }

        @Override
        public boolean canFail() {
            return parts.stream().anyMatch(Node::canFail);
        }

        @Override
        public int shortest() {
            return (int) Math.min(LONGEST, parts.stream().mapToLong(Node::shortest).sum());
        }

        @Override
        public int longest() {
            return (int) Math.min(UNBOUNDED, parts.stream().mapToLong(Node::longest).sum());
        }

        @Override
        public double size() {
            return parts.stream().mapToDouble(Node::size).sum();
        }
    }

    /** {@code body} up to {@code most} times, or as often as may be; what must be there at least stands before it. */
    private record Repeat(Node body, int most) implements Node {
        @Override
        public Cost cost(int length, boolean fails) {
            Cost cost = body.cost(length, true);
            if (most == UNBOUNDED) {
                // a body that matches several ways, or nothing, multiplies them with each turn
                boolean one = cost.ways == 1 && body.shortest() > 0;
                double turns = (double) length / Math.max(1, body.shortest()) + 1;
                double within = body instanceof One ? 1 : turns * cost.back;
                double never = Double.POSITIVE_INFINITY;
                return one ? new Cost(fails ? turns : 1, within + (fails ? turns : 0)) : new Cost(never, never);
            }
            double ways = 1, back = 0, turn = 1;
            for (int i = 0; i < most; i++) {
                back += turn * (cost.back + 1);
                turn *= cost.ways;
                ways += turn;
            }
            return new Cost(fails ? ways : 1, back);
        }

        @Override
        public boolean canFail() {
            return false;
        }

        @Override
        public int shortest() {
            return 0;
        }

        @Override
        public int longest() {
            return most == UNBOUNDED ? UNBOUNDED : (int) Math.min(UNBOUNDED, (long) most * body.longest());
        }

        @Override
        public double size() {
            return most == UNBOUNDED ? body.size() : body.size() * most;
        }
    }

    /** Oniguruma's syntax, as Ruby has it. */
    private static final class Reader {
        private static final String CLASSES = "dDsSwWhH", CHARACTERS = "ntrfvae", ANCHORS = "bBAZz";

        private final int[] text;
        private int at;

        Reader(int[] text) {
            this.text = text;
        }

        boolean more() {
            return at < text.length;
        }

        private int peek() {
            return more() ? text[at] : -1;
        }

        private int next() throws Refused {
            if (!more()) {
                throw new Refused("ends too early");
            }
            return text[at++];
        }

        private boolean takes(String wanted) {
            boolean there = at + wanted.length() <= text.length && wanted.equals(new String(text, at, wanted.length()));
            at += there ? wanted.length() : 0;
            return there;
        }

        /** Branches up to the end or the next ")". */
        Node alternatives(int depth, boolean ignoresCase) throws Refused {
            if (depth > DEEPEST) {
                throw new Refused("is nested deeper than " + DEEPEST + " groups");
            }
            List<Node> branches = new ArrayList<>();
            do {
                branches.add(sequence(depth, ignoresCase));
            } while (takes("|"));
            Node node = branches.size() == 1 ? branches.getFirst() : new Alternatives(branches);
            if (node.size() > LONGEST) {
                throw new Refused("repeats more than " + LONGEST + " characters");
            }
            return node;
        }

        private Node sequence(int depth, boolean ignoresCase) throws Refused {
            List<Node> parts = new ArrayList<>();
            while (more() && peek() != '|' && peek() != ')') {
                Node node = repeated(atom(depth, ignoresCase));
                if (node instanceof Sequence inner) {
                    parts.addAll(inner.parts);
                } else {
                    parts.add(node);
                }
            }
            return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
        }

        private Node atom(int depth, boolean ignoresCase) throws Refused {
            int c = next();
            return switch (c) {
                case '^', '$' -> new Place(null, false);
                case '[' -> {
                    set(depth);
                    yield new One(ignoresCase);
                }
                case '(' -> group(depth, ignoresCase);
                case '\\' -> {
                    int escaped = next();
                    if (ANCHORS.indexOf(escaped) >= 0) {
                        yield new Place(null, false);
                    }
                    escape(escaped);
                    yield new One(ignoresCase);
                }
                case '*', '+', '?' -> throw new Refused("repeats nothing with \"" + (char) c + "\"");
                case '{' -> {
                    if (Character.isDigit(peek()) || peek() == ',') {
                        throw new Refused("has a \"{\" that may be a repetition or itself; write \\{");
                    }
                    yield new One(ignoresCase);
                }
                default -> new One(ignoresCase);
            };
        }

        /** The rest of an escape that stands for one character or a set of them. */
        private void escape(int c) throws Refused {
            if (c == 'p' || c == 'P') {
                if (!takes("{")) {
                    throw new Refused("has a \\p without {…}");
                }
                takes("^");
                for (int letter; (letter = next()) != '}';) {
                    if (!Character.isLetterOrDigit(letter) && " _-=".indexOf(letter) < 0) {
                        throw new Refused("has a \\p with a name that is none");
                    }
                }
            } else if (c == 'x' && takes("{")) {
                digits(1, 8);
                if (next() != '}') {
                    throw new Refused("has a \\x{ without its }");
                }
            } else if (c == 'x') {
                digits(1, 2);
            } else if (c == 'u') {
                digits(4, 4);
            } else if (c < 0x80 && Character.isLetterOrDigit(c) && (CLASSES + CHARACTERS).indexOf(c) < 0) {
                throw new Refused("has \\" + (char) c + ", which is not supported");
            }
        }

        private void digits(int least, int most) throws Refused {
            int count = 0;
            for (; count < most && Character.digit(peek(), 16) >= 0 && peek() < 0x80; count++) {
                at++;
            }
            if (count < least) {
                throw new Refused("has a code that is no hexadecimal number");
            }
        }

        /** The rest of a set {@code […]}, sets in it included. */
        private void set(int depth) throws Refused {
            if (depth > DEEPEST) {
                throw new Refused("is nested deeper than " + DEEPEST + " groups");
            }
            takes("^");
            if (peek() == ']') {
                throw new Refused("has a set that begins with \"]\"; write \\]");
            }
            for (int c; (c = next()) != ']';) {
                if (c == '[' && takes(":")) {
                    takes("^");
                    int from = at;
                    while (Character.isLowerCase(peek())) {
                        at++;
                    }
                    if (at == from || !takes(":]")) {
                        throw new Refused("has a \"[:\" in a set that begins no class; write \\[");
                    }
                } else if (c == '[') {
                    set(depth + 1);
                } else if (c == '\\') {
                    int escaped = next();
                    if (escaped != 'b') {
                        escape(escaped);
                    }
                }
            }
        }

        private Node group(int depth, boolean ignoresCase) throws Refused {
            Node node;
            if (takes("?:")) {
                node = alternatives(depth + 1, ignoresCase);
            } else if (takes("?=") || takes("?!")) {
                node = new Place(alternatives(depth + 1, ignoresCase), false);
            } else if (takes("?<=") || takes("?<!")) {
                node = new Place(alternatives(depth + 1, ignoresCase), true);
                if (((Place) node).around.longest() == UNBOUNDED) {
                    throw new Refused("looks back without a limit");
                }
            } else if (takes("?>")) {
                node = new Atomic(alternatives(depth + 1, ignoresCase));
            } else if (takes("?<")) {
                while (next() != '>') {
                    // a name
                }
                node = alternatives(depth + 1, ignoresCase);
            } else if (takes("?")) {
                return options(depth, ignoresCase);
            } else if (peek() == '*') {
                throw new Refused("has a \"(*\", which is not supported");
            } else {
                node = alternatives(depth + 1, ignoresCase);
            }
            if (!takes(")")) {
                throw new Refused("has a \"(\" without its \")\"");
            }
            return node;
        }

        /** {@code (?i:…)}, or {@code (?i)}, which holds to the end of the group around it, branches included. */
        private Node options(int depth, boolean ignoresCase) throws Refused {
            boolean on = true, ignores = ignoresCase;
            for (int c; (c = next()) != ':' && c != ')';) {
                switch (c) {
                    case '-' -> on = false;
                    case 'i' -> ignores = on;
                    case 'm' -> {}
                    default -> throw new Refused("has a group \"(?" + Fields.quoted(Character.toString(c)) + "\", which is not supported");
                }
            }
            if (text[at - 1] == ')') {
                return alternatives(depth + 1, ignores);
            }
            Node node = alternatives(depth + 1, ignores);
            if (!takes(")")) {
                throw new Refused("has a \"(\" without its \")\"");
            }
            return node;
        }

        private Node repeated(Node body) throws Refused {
            int least, most;
            boolean interval = false;
            if (takes("*")) {
                least = 0;
                most = UNBOUNDED;
            } else if (takes("+")) {
                least = 1;
                most = UNBOUNDED;
            } else if (takes("?")) {
                least = 0;
                most = 1;
            } else if (peek() == '{' && at + 1 < text.length && (Character.isDigit(text[at + 1]) || text[at + 1] == ',')) {
                at++;
                interval = true;
                boolean none = peek() == ',';
                least = none ? 0 : number();
                most = takes(",") ? peek() == '}' && !none ? UNBOUNDED : number() : least;
                if (!takes("}") || most < least) {
                    throw new Refused("has a repetition {…} that is none");
                }
            } else {
                return body;
            }
            boolean possessive = !interval && takes("+");
            if (!possessive && takes("?") && interval && least == most) {
                throw new Refused("has a \"{n}?\", which has two meanings");
            }
            if (more() && "*+?{".indexOf(peek()) >= 0) {
                throw new Refused("repeats a repetition");
            }
            if (body.shortest() == 0 && most > 1) {
                throw new Refused("repeats what can match nothing");
            }
            if (least * body.size() > LONGEST) {
                throw new Refused("repeats more than " + LONGEST + " characters");
            }
            List<Node> parts = new ArrayList<>();
            for (int i = 0; i < least; i++) {
                parts.addAll(body instanceof Sequence inner ? inner.parts : List.of(body));
            }
            if (most > least) {
                parts.add(new Repeat(body, most == UNBOUNDED ? UNBOUNDED : most - least));
            }
            Node node = parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
            return possessive ? new Atomic(node) : node;
        }

        private int number() throws Refused {
            int from = at;
            while (more() && peek() >= '0' && peek() <= '9' && at - from < 6) {
                at++;
            }
            if (at == from) {
                throw new Refused("has a repetition {…} that is none");
            }
            return Integer.parseInt(new String(Arrays.copyOfRange(text, from, at), 0, at - from));
        }
    }
}
