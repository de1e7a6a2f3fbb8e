package io.reft.evaluate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.reft.InputError;
import io.reft.answer.Answer;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFile;
import io.reft.checkpoint.LfsPointer;
import io.reft.data.DataSet;
import io.reft.reward.Score;
import io.reft.reward.Score.Verdict;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.channels.Channels;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Samples as JSON lines, one a sample:
 * {@code {"item_id":"svamp_3","sample":0,"completion":"    return 3 + 4","value":7.0,"score":1.0,"verdict":"right"}}.
 *
 * <p>{@code value} is the final answer: null where none was read, a number, {@code "50%"} for one that was written as a percentage,
 * {@code "nan"}, {@code "inf"} or {@code "-inf"} for what JSON has no number for, and in sets of choices the letter. {@code verdict} is
 * why the score is what it is; a file need not have it, since a score of 1 is a right answer's and no other's. {@code rerank} is a
 * reranker's log-odds. Other fields are skipped.
 */
public final class SamplesFile {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    /** Whole numbers of more bits are written in full, since a double has not their last digits. */
    private static final int DOUBLE_BITS = 53;

    private SamplesFile() {}

    /** Writes the samples; the file is there whole or not at all. */
    public static void write(Path file, List<Sample> samples) {
        DurableFiles.replace(file, channel -> {
            Writer lines = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
            for (Sample sample : samples) {
                lines.write(GSON.toJson(json(sample)) + "\n");
            }
            lines.flush();
        });
    }

    private static JsonObject json(Sample sample) {
        JsonObject line = new JsonObject();
        line.addProperty("item_id", sample.itemId());
        line.addProperty("sample", sample.number());
        line.addProperty("completion", sample.completion());
        line.add("value", value(sample.score().answer()));
        line.addProperty("score", sample.score().value());
        line.addProperty("verdict", sample.score().verdict().name().toLowerCase(Locale.ROOT));
        if (sample.rerank() != null) {
            line.addProperty("rerank", sample.rerank());
        }
        return line;
    }

    /** A final answer as this file has it; JSON null for none. */
    public static JsonElement value(Answer answer) {
        if (answer == null) {
            return JsonNull.INSTANCE;
        }
        if (answer.letter() != null) {
            return new JsonPrimitive(answer.letter());
        }
        double number = answer.number();
        if (answer.percent()) {
            return new JsonPrimitive(number + "%");
        }
        if (answer.whole() != null && answer.whole().bitLength() > DOUBLE_BITS) {
            return new JsonPrimitive(answer.whole());
        }
        return Double.isFinite(number) ? new JsonPrimitive(number)
                : new JsonPrimitive(Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf");
    }

    /**
     * Reads samples, in the file's order.
     *
     * @param known the questions that the samples may be of
     * @throws InputError naming the first line that is no sample, is of no known question, or repeats an earlier one
     */
    public static List<Sample> read(Path file, Set<String> known) {
        if (!Files.isRegularFile(file)) {
            throw new InputError("%s: there is no such file of samples.", file);
        }
        List<Sample> samples = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String text; (text = lines.readLine()) != null;) {
                number++;
                if (text.isBlank()) {
                    continue;
                }
                Line line = new Line(file + ":" + number, object(file + ":" + number, text));
                Sample sample = line.sample();
                if (!known.contains(sample.itemId())) {
                    throw line.error("item_id \"" + sample.itemId() + "\" is none of the data's");
                }
                if (!seen.add(sample.number() + " " + sample.itemId())) {
                    throw line.error("sample " + sample.number() + " of " + sample.itemId() + " was already given");
                }
                samples.add(sample);
            }
        } catch (CharacterCodingException e) {
            throw new InputError("%s is not UTF-8 text.", file);
        } catch (IOException e) {
            throw new InputError("%s: cannot be read (%s).", file, JsonFile.reason(e));
        }
        return samples;
    }

    private static JsonObject object(String where, String text) throws IOException {
        try {
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            JsonElement line = JsonParser.parseReader(reader);
            if (line instanceof JsonObject object && reader.peek() == JsonToken.END_DOCUMENT) {
                return object;
            }
        } catch (JsonParseException | IllegalStateException | com.google.gson.stream.MalformedJsonException e) {
            // told below
        }
        throw LfsPointer.is(text) ? LfsPointer.error(where) : new InputError("%s: not one JSON object.", where);
    }

    /** One line, and where it stands. */
    private record Line(String where, JsonObject fields) {
        InputError error(String what) {
            return new InputError("%s: %s.", where, what);
        }

        Sample sample() {
            String id = text("item_id");
            double number = number("sample");
            if (number != Math.rint(number) || number < 0 || number > Integer.MAX_VALUE) {
                throw error("sample must be a whole number from 0 up");
            }
            Answer answer = answer(DataSet.of(id).choice());
            double score = number("score");
            return new Sample(id, (int) number, text("completion"), new Score(score, verdict(score, answer), answer),
                    has("rerank") ? number("rerank") : null);
        }

        private boolean has(String field) {
            return fields.has(field) && !fields.get(field).isJsonNull();
        }

        private String text(String field) {
            if (fields.get(field) instanceof JsonPrimitive value && value.isString()) {
                return value.getAsString();
            }
            throw error(field + " must be text");
        }

        private double number(String field) {
            double number = fields.get(field) instanceof JsonPrimitive value && value.isNumber() ? value.getAsDouble() : Double.NaN;
            if (!Double.isFinite(number)) {
                throw error(field + " must be a number");
            }
            return number;
        }

        private Answer answer(boolean choice) {
            JsonElement value = fields.get("value");
            if (value instanceof JsonNull) {
                return null;
            }
            if (!(value instanceof JsonPrimitive primitive) || primitive.isBoolean() || choice && !primitive.isString()) {
                throw error("value must be " + (choice ? "a choice letter" : "a number") + ", or null where there is no answer");
            }
            String text = primitive.getAsString();
            return choice ? Answer.of(text) : switch (text) {
                case "nan" -> Answer.of(Double.NaN);
                case "inf" -> Answer.of(Double.POSITIVE_INFINITY);
                case "-inf" -> Answer.of(Double.NEGATIVE_INFINITY);
                default -> numeric(text);
            };
        }

        private Answer numeric(String text) {
            double number = finite(text.replaceFirst("%$", ""));
            boolean large = Math.abs(number) > 1L << DOUBLE_BITS && text.matches("-?\\d+");
            return large ? Answer.of(new BigInteger(text)) : Answer.of(number, text.endsWith("%"));
        }

        private double finite(String text) {
            try {
                double number = Double.parseDouble(text);
                if (Double.isFinite(number)) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw error("value \"" + text + "\" is not a number");
        }

        private Verdict verdict(double score, Answer answer) {
            Verdict told = !has("verdict") ? null
                    : Stream.of(Verdict.values()).filter(v -> v.name().equalsIgnoreCase(text("verdict"))).findFirst()
                            .orElseThrow(() -> error("verdict \"" + text("verdict") + "\" is not known"));
            if (told != null && (told == Verdict.RIGHT) != (score == 1)) {
                throw error("score " + score + " and verdict \"" + told.name().toLowerCase(Locale.ROOT) + "\" contradict each other");
            }
            return told != null ? told : score == 1 ? Verdict.RIGHT : answer == null ? Verdict.NO_ANSWER : Verdict.WRONG;
        }
    }
}
