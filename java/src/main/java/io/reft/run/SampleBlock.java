package io.reft.run;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import io.reft.InputError;
import io.reft.answer.Answer;
import io.reft.evaluate.SamplesFile;
import io.reft.generate.Completion;
import io.reft.reward.Score.Verdict;
import io.reft.rollout.ScoredCompletion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/**
 * A few completions as a member of a gzip file: JSON lines, which {@code zcat} shows, behind a header that says what is in them, so that
 * who looks for some needs to unpack no others. The header is the gzip format's extra field (RFC 1952, 2.3.1.1; BGZF does the same): the
 * subfield {@code RF} holds the member's length in bytes and a JSON object, deflated.
 *
 * @param offset    where the member begins in its file
 * @param length    its bytes
 * @param iteration in which its completions were drawn
 * @param questions those that its completions answer; long texts are cut
 * @param samples   its completions, in the order of its lines
 */
public record SampleBlock(long offset, int length, int iteration, List<Question> questions, List<Entry> samples) {
    /** Most completions of a block. */
    static final int SAMPLES = 16;

    private static final int HEAD = 12, SUBFIELD = 8;
    private static final int QUESTION_CUT = 600, NAME_CUT = 100, MOST_HEADER = 1 << 20, MOST_TEXT = 1 << 28;
    private static final byte EXTRA = 4;

    /**
     * What was asked.
     *
     * @param id   of the problem
     * @param text the problem's
     * @param gold its answer
     */
    public record Question(String id, String text, String gold) {}

    /**
     * What stands in the header of a completion.
     *
     * @param question its number among the block's
     * @param group    its group's number in the iteration
     * @param verdict  why its score is what it is
     * @param score    what it earned
     * @param answer   that was read; null where there was none
     * @param tokens   of the completion
     */
    public record Entry(int question, int group, Verdict verdict, double score, String answer, int tokens) {}

    // ---------------------------------------------------------------- writing

    /** The block of some of the completions, as bytes of a file. */
    static byte[] encode(DrawnCompletions drawn, int from, int to, TokenSpans spans) {
        try {
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            try (Writer text = new OutputStreamWriter(lines, StandardCharsets.UTF_8)) {
                int at = 0;
                for (int i = 0; i < to; i++) {
                    if (i >= from) {
                        line(drawn, i, at, spans, text);
                    }
                    at += drawn.scored().get(i).completion().ids().length;
                }
            }
            return member(header(drawn, from, to), lines.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of a stream in memory
        }
    }

    private static byte[] member(byte[] header, byte[] lines) throws IOException {
        byte[] told = deflated(header, false), data = deflated(lines, true);
        CRC32 crc = new CRC32();
        crc.update(lines);
        int extra = SUBFIELD + told.length, length = HEAD + extra + data.length + 8;
        ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 0x1f).put((byte) 0x8b).put((byte) 8).put(EXTRA).putInt(0).put((byte) 0).put((byte) 255).putShort((short) extra);
        out.put((byte) 'R').put((byte) 'F').putShort((short) (4 + told.length)).putInt(length).put(told);
        out.put(data).putInt((int) crc.getValue()).putInt(lines.length);
        return out.array();
    }

    private static byte[] deflated(byte[] bytes, boolean raw) throws IOException {
        Deflater deflater = new Deflater(raw ? Deflater.BEST_SPEED : Deflater.DEFAULT_COMPRESSION, raw);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeflaterOutputStream stream = new DeflaterOutputStream(out, deflater, 1 << 13)) {
            stream.write(bytes);
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    private static byte[] header(DrawnCompletions drawn, int from, int to) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        JsonArray questions = new JsonArray(), samples = new JsonArray();
        for (int i = from; i < to; i++) {
            ScoredCompletion s = drawn.scored().get(i);
            String id = s.prompt().problem().id();
            if (!numbers.containsKey(id)) {
                numbers.put(id, numbers.size());
                questions.add(array(cut(id, NAME_CUT), cut(s.prompt().problem().question(), QUESTION_CUT),
                        cut(s.prompt().problem().answer(), NAME_CUT)));
            }
            samples.add(array(numbers.get(id), i / drawn.groupSize(), s.score().verdict().name().toLowerCase(Locale.ROOT),
                    s.score().value(), s.score().answer() == null ? null : cut(s.score().answer().toString(), NAME_CUT),
                    s.completion().ids().length));
        }
        JsonObject header = new JsonObject();
        header.addProperty("iteration", drawn.iteration());
        header.add("questions", questions);
        header.add("samples", samples);
        return header.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static JsonArray array(Object... values) {
        JsonArray array = new JsonArray();
        for (Object value : values) {
            if (value instanceof Number number) {
                array.add(number);
            } else {
                array.add((String) value);
            }
        }
        return array;
    }

    private static String cut(String text, int limit) {
        return text == null || text.length() <= limit ? text : text.substring(0, limit - 1) + "…";
    }

    /** One line; {@code at} is the number of the completion's first token among all of the iteration. */
    private static void line(DrawnCompletions drawn, int number, int at, TokenSpans spans, Writer text) throws IOException {
        ScoredCompletion s = drawn.scored().get(number);
        Completion c = s.completion();
        StringWriter line = new StringWriter();
        JsonWriter json = new JsonWriter(line);
        json.beginObject();
        json.name("iteration").value(drawn.iteration()).name("item_id").value(s.prompt().problem().id());
        json.name("group").value(number / drawn.groupSize()).name("sample").value(number % drawn.groupSize());
        json.name("question").value(s.prompt().problem().question()).name("gold").value(s.prompt().problem().answer());
        json.name("prompt_ids").jsonValue(numbers(s.prompt().ids())).name("completion_ids").jsonValue(numbers(c.ids()));
        json.name("text").value(s.text());
        int[] chars = spans.of(c.ids(), s.text());
        if (chars != null) {
            json.name("token_chars").jsonValue(numbers(chars));
        }
        Answer answer = s.score().answer();
        json.name("answer").jsonValue(SamplesFile.value(answer).toString());
        json.name("verdict").value(s.score().verdict().name().toLowerCase(Locale.ROOT)).name("score").value(s.score().value());
        if (s.score().refused() != null) {
            json.name("refused").value(s.score().refused());
        }
        json.name("finish").value(c.finished() ? "eos" : "length");
        json.name("logprobs").jsonValue(numbers(c.logprobs(), 0, c.logprobs().length));
        if (drawn.refLogprobs() != null) {
            json.name("ref_logprobs").jsonValue(numbers(drawn.refLogprobs(), at, c.ids().length));
        }
        if (c.values() != null) {
            json.name("values").jsonValue(numbers(c.values(), 0, c.values().length));
        }
        if (drawn.advantages() != null) {
            json.name("advantages").jsonValue(numbers(drawn.advantages(), at, c.ids().length));
        }
        json.endObject();
        text.append(line.getBuffer()).append('\n');
    }

    private static String numbers(int[] values) {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < values.length; i++) {
            text.append(i == 0 ? "" : ",").append(values[i]);
        }
        return text.append(']').toString();
    }

    /** Five decimals, which show all that a person can see; what is not finite is null. */
    private static String numbers(float[] values, int from, int count) {
        StringBuilder text = new StringBuilder("[");
        for (int i = from; i < from + count; i++) {
            text.append(i == from ? "" : ",");
            double scaled = Math.rint(values[i] * 1e5);
            if (!Double.isFinite(scaled)) {
                text.append("null");
            } else if (Math.abs(scaled) >= 1e15) {
                text.append(values[i]);
            } else {
                decimal(text, (long) scaled);
            }
        }
        return text.append(']').toString();
    }

    /** A number of hundred-thousandths without needless zeros. */
    private static void decimal(StringBuilder text, long scaled) {
        long size = Math.abs(scaled), rest = size % 100_000;
        text.append(scaled < 0 ? "-" : "").append(size / 100_000);
        if (rest != 0) {
            int end = text.append('.').length();
            text.append(rest + 100_000).deleteCharAt(end);
            while (text.charAt(text.length() - 1) == '0') {
                text.setLength(text.length() - 1);
            }
        }
    }

    // ---------------------------------------------------------------- reading

    /**
     * The header of the block at {@code offset}; null where the file ends before the block does, as while it is being written.
     *
     * @throws InputError where there is something else
     */
    public static SampleBlock read(Path file, FileChannel channel, long offset) throws IOException {
        ByteBuffer head = bytes(channel, offset, HEAD + SUBFIELD);
        if (head == null) {
            return null;
        }
        int extra = Short.toUnsignedInt(head.getShort(10)), told = Short.toUnsignedInt(head.getShort(14)) - 4, length = head.getInt(16);
        if (head.getShort(0) != (short) 0x8b1f || head.get(3) != EXTRA || head.get(12) != 'R' || head.get(13) != 'F' || told < 0
                || extra != SUBFIELD + told || length < HEAD + extra + 8 || length > MOST_TEXT) {
            throw new InputError("%s: at byte %d there is no block of samples: the file was changed.", file, offset);
        }
        if (offset + length > channel.size()) {
            return null;
        }
        ByteBuffer deflated = bytes(channel, offset + HEAD + SUBFIELD, told);
        if (deflated == null) {
            return null;
        }
        try {
            byte[] header = inflated(new InflaterInputStream(new ByteArrayInputStream(deflated.array())), MOST_HEADER);
            return of(JsonParser.parseString(new String(header, StandardCharsets.UTF_8)).getAsJsonObject(), offset, length);
        } catch (IOException | JsonParseException | IllegalStateException | UnsupportedOperationException | ClassCastException
                | NullPointerException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw damaged(file, offset);
        }
    }

    private static SampleBlock of(JsonObject header, long offset, int length) {
        List<Question> questions = new ArrayList<>();
        for (JsonElement q : header.getAsJsonArray("questions")) {
            JsonArray fields = q.getAsJsonArray();
            questions.add(new Question(fields.get(0).getAsString(), fields.get(1).getAsString(), text(fields.get(2))));
        }
        List<Entry> samples = new ArrayList<>();
        for (JsonElement s : header.getAsJsonArray("samples")) {
            JsonArray fields = s.getAsJsonArray();
            int question = fields.get(0).getAsInt();
            questions.get(question);
            samples.add(new Entry(question, fields.get(1).getAsInt(), Verdict.valueOf(fields.get(2).getAsString().toUpperCase(Locale.ROOT)),
                    fields.get(3).getAsDouble(), text(fields.get(4)), fields.get(5).getAsInt()));
        }
        return new SampleBlock(offset, length, header.get("iteration").getAsInt(), questions, samples);
    }

    private static String text(JsonElement value) {
        return value.isJsonNull() ? null : value.getAsString();
    }

    /** The lines of this block, which stands in {@code file}. */
    public List<JsonObject> lines(Path file, FileChannel channel) throws IOException {
        ByteBuffer bytes = bytes(channel, offset, length);
        if (bytes == null) {
            throw damaged(file, offset);
        }
        try (Stream<String> lines = new String(inflated(new GZIPInputStream(new ByteArrayInputStream(bytes.array())), MOST_TEXT),
                StandardCharsets.UTF_8).lines()) {
            List<JsonObject> all = lines.map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
            if (all.size() != samples.size()) {
                throw damaged(file, offset);
            }
            return all;
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw damaged(file, offset);
        }
    }

    private static InputError damaged(Path file, long offset) {
        return new InputError("%s: the block of samples at byte %d is damaged.", file, offset);
    }

    /** Little-endian; null where the file has fewer. */
    private static ByteBuffer bytes(FileChannel channel, long offset, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                return null;
            }
        }
        return bytes.flip();
    }

    private static byte[] inflated(java.io.InputStream stream, int limit) throws IOException {
        try (stream) {
            byte[] bytes = stream.readNBytes(limit);
            if (bytes.length == limit) {
                throw new IOException("too long");
            }
            return bytes;
        }
    }
}
