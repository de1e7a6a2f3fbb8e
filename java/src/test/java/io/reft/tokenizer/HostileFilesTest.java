package io.reft.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.reft.checkpoint.Mutations;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tokenizer files with settings that nobody means well: none may end the JVM, take 5 s or 1 GB, or say anything but a sentence. They are
 * tried in a child process, which a fault of the native libraries may end; its output then names the seed.
 */
@Tag("slow")
class HostileFilesTest {
    private static final int SEEDS = 600;

    @TempDir
    Path dir;

    @Test
    void hostileFilesAreReadOrExplained() throws Exception {
        Path output = dir.resolve("output");
        String java = ProcessHandle.current().info().command().orElseThrow();
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process child = new ProcessBuilder(java, "-Xmx500m", "--enable-native-access=ALL-UNNAMED", "-cp", classes, Child.class.getName(),
                dir.resolve("model").toString(), "0", String.valueOf(SEEDS))
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        boolean ended = child.waitFor(15, TimeUnit.MINUTES);
        child.destroyForcibly();
        List<String> lines = Files.readAllLines(output, StandardCharsets.ISO_8859_1);
        String last = String.join("\n", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
        assertTrue(ended, last);
        assertEquals(0, child.exitValue(), last);
        assertTrue(lines.getLast().matches("[1-9][0-9]* read, [1-9][0-9]* refused, [0-9]+ MB"), last);
        assertTrue(Integer.parseInt(lines.getLast().replaceAll(".* (\\d+) MB", "$1")) < 1000, last);
    }

    /** Writes and opens one folder a seed: {@code FOLDER FROM TO}. */
    static final class Child {
        private static final List<String> TEXTS = List.of("", "def solution():\n    \"\"\"é😀 中文\"\"\"\n    return 12 * 'x'\n\0</s>",
                "a".repeat(3000), " ".repeat(2000) + "x",
                "1234567 ".repeat(300), "don't I'LL \u0130\uFDFA\u1E9E ".repeat(40));

        public static void main(String[] arguments) throws IOException {
            Path dir = Path.of(arguments[0]);
            int read = 0, refused = 0;
            for (int seed = Integer.parseInt(arguments[1]); seed < Integer.parseInt(arguments[2]); seed++) {
                System.out.println("seed " + seed);
                System.out.flush();
                write(dir, new Random(seed));
                long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                if (Mutations.succeedsOrExplains(() -> use(dir), "seed " + seed)) {
                    read++;
                } else {
                    refused++;
                }
                long milliseconds = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1_000_000;
                if (milliseconds > 5000) {
                    throw new AssertionError("seed " + seed + " took " + milliseconds + " ms");
                }
            }
            List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
            String peak = status.stream().filter(line -> line.startsWith("VmHWM")).findFirst().orElseThrow();
            System.out.println(read + " read, " + refused + " refused, " + Long.parseLong(peak.replaceAll("\\D", "")) / 1024 + " MB");
        }

        private static void use(Path dir) {
            Tokenizers.addsBos(dir);
            try (Tokenizer tokenizer = Tokenizers.open(dir)) {
                for (String text : TEXTS) {
                    tokenizer.decode(tokenizer.encode(text));
                }
                int[] all = new int[Math.min(2000, tokenizer.size())];
                for (int i = 0; i < all.length; i++) {
                    all[i] = all.length - 1 - i;
                }
                tokenizer.decode(all);
                RoundTrip.losses(tokenizer, "programs", RoundTrip.PROGRAMS);
            }
        }

        private static Path resource(String name) {
            return Path.of(System.getProperty("user.dir")).resolve("src/test/resources/tokenizer").resolve(name);
        }

        private static void write(Path dir, Random random) throws IOException {
            if (Files.exists(dir)) {
                try (var files = Files.list(dir)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
            }
            Files.createDirectories(dir);
            int kind = random.nextInt(10);
            if (kind == 0) {
                byte[] model = Files.readAllBytes(resource("sentencepiece-" + (random.nextBoolean() ? "bpe" : "unigram")
                        + "/tokenizer.model"));
                Files.write(dir.resolve("tokenizer.model"), Mutations.of(model, random.nextLong()));
            } else if (kind == 1) {
                byte[] merges = Files.readAllBytes(resource("gpt2/merges.txt"));
                Files.write(dir.resolve("merges.txt"), random.nextBoolean() ? merges : Mutations.of(merges, random.nextLong()));
                mutated(dir.resolve("vocab.json"), JsonParser.parseString(Files.readString(resource("gpt2/vocab.json"))), random);
            } else {
                JsonObject json = PipelinesTest.tokenizerJson(random);
                if (kind < 7) {
                    json.add("normalizer", parts("normalizers", NORMALIZERS, random));
                    json.add("pre_tokenizer", parts("pretokenizers", PRE_TOKENIZERS, random));
                    json.add("decoder", parts("decoders", DECODERS, random));
                    json.getAsJsonArray("added_tokens").forEach(token -> settings(token.getAsJsonObject(), random));
                    Files.writeString(dir.resolve("tokenizer.json"), json.toString());
                    return;
                }
                mutated(dir.resolve("tokenizer.json"), json, random);
            }
            if (random.nextInt(3) == 0) {
                mutated(dir.resolve("tokenizer_config.json"), JsonParser.parseString("""
                        {"bos_token": "<s>", "eos_token": {"__type": "AddedToken", "content": "</s>", "special": true},
                        "pad_token": null, "add_bos_token": false,
                         "add_prefix_space": false, "tokenizer_class": "GPT2Tokenizer", "additional_special_tokens": ["<unk>"],
                         "added_tokens_decoder": {"1": {"content": "<s>", "lstrip": false, "normalized": false, "special": true}}}"""),
                        random);
            }
            if (random.nextInt(6) == 0) {
                mutated(dir.resolve("special_tokens_map.json"),
                        JsonParser.parseString("{\"bos_token\": \"<s>\", \"unk_token\": {\"content\": \"<unk>\"}}"), random);
            }
            if (random.nextInt(6) == 0) {
                mutated(dir.resolve("added_tokens.json"), JsonParser.parseString("{\"<s>\": 0}"), random);
            }
        }

        /** Writes {@code json} with up to three changes, and now and then with damaged bytes. */
        private static void mutated(Path file, JsonElement json, Random random) throws IOException {
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                mutate(json, random);
            }
            byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
            Files.write(file, random.nextInt(8) == 0 ? Mutations.of(bytes, random.nextLong()) : bytes);
        }

        /** Changes one value: it goes down to an object or a list at random, rarely into a vocabulary. */
        private static void mutate(JsonElement json, Random random) {
            JsonElement at = json;
            while (true) {
                List<JsonElement> inner = new ArrayList<>();
                if (at instanceof JsonObject object) {
                    object.asMap().forEach((name, value) -> inner.add(name.equals("vocab") && random.nextInt(4) > 0 ? JsonNull.INSTANCE
                            : value));
                } else {
                    inner.addAll(((JsonArray) at).asList());
                }
                inner.removeIf(value -> !(value instanceof JsonObject object && !object.isEmpty() || value instanceof JsonArray list
                        && !list.isEmpty()));
                if (inner.isEmpty() || random.nextInt(4) == 0) {
                    break;
                }
                at = inner.get(random.nextInt(inner.size()));
            }
            if (at instanceof JsonArray list) {
                int index = list.isEmpty() ? 0 : random.nextInt(list.size());
                switch (list.isEmpty() ? 0 : random.nextInt(4)) {
                    case 0 -> list.add(hostile(random));
                    case 1 -> list.remove(index);
                    case 2 -> list.add(list.get(index).deepCopy());
                    default -> list.set(index, hostile(random));
                }
            } else if (at instanceof JsonObject object) {
                List<String> names = List.copyOf(object.keySet());
                String name = names.isEmpty() ? "type" : names.get(random.nextInt(names.size()));
                switch (random.nextInt(5)) {
                    case 0 -> object.remove(name);
                    case 1 -> object.add(names.isEmpty() ? "x" : names.get(random.nextInt(names.size())), object.get(name) == null
                            ? JsonNull.INSTANCE : object.get(name).deepCopy());
                    case 2 -> object.add("x" + random.nextInt(3), hostile(random));
                    default -> object.add(name, hostile(random));
                }
            }
        }

        private static JsonElement hostile(Random random) {
            return switch (random.nextInt(8)) {
                case 0 -> JsonNull.INSTANCE;
                case 1 -> JsonParser.parseString(pick(random, "0", "-1", "1", "2147483647", "4294967296", "18446744073709551616", "1.5",
                        "1e300", "true", "false", "[]", "{}"));
                case 2 -> new JsonPrimitive(pick(random, "", "x", " ", "\0", "\uD800", "▁", "Ġ", "<s>", "a".repeat(20_000), "\u202E",
                        "<0x41>", "BPE", "ByteLevel"));
                case 3 -> JsonParser.parseString("[".repeat(200) + "]".repeat(200));
                case 4 -> {
                    JsonObject pattern = new JsonObject();
                    pattern.addProperty(random.nextInt(4) == 0 ? "String" : "Regex", expression(random));
                    yield pattern;
                }
                default -> part(List.of(NORMALIZERS, PRE_TOKENIZERS, DECODERS).get(random.nextInt(3)), random);
            };
        }

        private static String pick(Random random, String... values) {
            return values[random.nextInt(values.length)];
        }

        private static String expression(Random random) {
            if (random.nextBoolean()) {
                return pick(random, "(a+)+$", "(".repeat(20_000), "(".repeat(3000) + "a" + ")".repeat(3000), "(a|a)*b",
                        "(?:a?){30}a{30}", "a{1,100000}", "((a{100}){100}){100}",
                        "(?=(a+)+b)", "\\s*\\s*\\s*\\s*x", "(x+x+)+y", "[[[[a]]]]", "(?<n>a)\\k<n>*", "(?i)[ß]+x",
                        "[^\\x00-\\x{10FFFF}]", "\\p{L}*\\p{L}*1", "|", "", "(?<!a*)b");
            }
            StringBuilder made = new StringBuilder();
            for (int length = random.nextInt(12); length >= 0; length--) {
                made.append(pick(random, "a", "\\s", "\\p{L}", "[^x]", ".", "(?:", "(", "(?=", "(?!", "(?<=", "(?>", "(?i)", "(?i:",
                        ")", ")", ")", "*", "+", "?", "{2}", "{1,3}", "{0,}",
                        "|", "^", "$", "\\b", "1", "\\d", "[", "]", "&&", "-", "\\"));
            }
            return made.toString();
        }

        private static final List<String> NORMALIZERS = List.of("{'type': 'NFC'}", "{'type': 'NFD'}", "{'type': 'NFKC'}",
                "{'type': 'NFKD'}", "{'type': 'Lowercase'}",
                "{'type': 'StripAccents'}", "{'type': 'Nmt'}", "{'type': 'ByteLevel'}",
                "{'type': 'Strip', 'strip_left': FLAG, 'strip_right': FLAG}",
                "{'type': 'Prepend', 'prepend': TEXT}", "{'type': 'Replace', 'pattern': {'String': TEXT}, 'content': TEXT}",
                "{'type': 'Replace', 'pattern': {'Regex': REGEX}, 'content': TEXT}",
                "{'type': 'BertNormalizer', 'clean_text': FLAG, 'handle_chinese_chars': FLAG, 'strip_accents': FLAG, 'lowercase': FLAG}");
        private static final List<String> PRE_TOKENIZERS = List.of("{'type': 'Whitespace'}", "{'type': 'WhitespaceSplit'}",
                "{'type': 'BertPreTokenizer'}",
                "{'type': 'UnicodeScripts'}", "{'type': 'ByteLevel', 'add_prefix_space': FLAG, 'trim_offsets': FLAG, 'use_regex': FLAG}",
                "{'type': 'Metaspace', 'replacement': 'a', 'prepend_scheme': 'always', 'split': FLAG}",
                "{'type': 'FixedLength', 'length': NUMBER}",
                "{'type': 'CharDelimiterSplit', 'delimiter': 'a'}", "{'type': 'Digits', 'individual_digits': FLAG}",
                "{'type': 'Punctuation', 'behavior': BEHAVIOR}",
                "{'type': 'Split', 'pattern': {'String': TEXT}, 'behavior': BEHAVIOR, 'invert': FLAG}",
                "{'type': 'Split', 'pattern': {'Regex': REGEX}, 'behavior': BEHAVIOR, 'invert': FLAG}");
        private static final List<String> DECODERS = List.of("{'type': 'BPEDecoder', 'suffix': TEXT}",
                "{'type': 'WordPiece', 'prefix': TEXT, 'cleanup': FLAG}",
                "{'type': 'ByteLevel', 'add_prefix_space': FLAG, 'trim_offsets': FLAG, 'use_regex': FLAG}", "{'type': 'Fuse'}",
                "{'type': 'ByteFallback'}",
                "{'type': 'Metaspace', 'replacement': 'a', 'prepend_scheme': 'first', 'split': FLAG}",
                "{'type': 'Strip', 'content': 'a', 'start': NUMBER, 'stop': 0}",
                "{'type': 'CTC', 'pad_token': TEXT, 'word_delimiter_token': TEXT, 'cleanup': FLAG}",
                "{'type': 'Replace', 'pattern': {'String': TEXT}, 'content': TEXT}",
                "{'type': 'Replace', 'pattern': {'Regex': REGEX}, 'content': TEXT}");

        /** None, one or several parts, well-formed and not meant well. */
        private static JsonElement parts(String list, List<String> templates, Random random) {
            JsonArray parts = new JsonArray();
            for (int count = random.nextInt(5); count > 0; count--) {
                parts.add(part(templates, random));
            }
            JsonObject sequence = new JsonObject();
            sequence.addProperty("type", "Sequence");
            sequence.add(list, parts);
            return parts.isEmpty() ? JsonNull.INSTANCE : parts.size() == 1 ? parts.get(0) : sequence;
        }

        private static JsonElement part(List<String> templates, Random random) {
            String made = templates.get(random.nextInt(templates.size())).replace('\'', '"');
            for (String hole : List.of("FLAG", "TEXT", "REGEX", "NUMBER", "BEHAVIOR")) {
                while (made.contains(hole)) {
                    String value = switch (hole) {
                        case "FLAG" -> String.valueOf(random.nextBoolean());
                        case "TEXT" -> new JsonPrimitive(pick(random, "", "a", " ", "▁", "x".repeat(30), "\n\n", "é", "</w>")).toString();
                        case "REGEX" -> new JsonPrimitive(expression(random)).toString();
                        case "NUMBER" -> pick(random, "0", "1", "3", "2147483647");
                        default -> new JsonPrimitive(pick(random, "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext",
                                "Contiguous")).toString();
                    };
                    made = made.replaceFirst(hole, java.util.regex.Matcher.quoteReplacement(value));
                }
            }
            return JsonParser.parseString(made);
        }

        private static void settings(JsonObject token, Random random) {
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
                token.addProperty(flag, random.nextBoolean());
            }
        }
    }
}
