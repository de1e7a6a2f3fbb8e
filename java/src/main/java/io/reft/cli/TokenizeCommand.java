package io.reft.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.reft.InputError;
import io.reft.tokenizer.Tokenizer;
import io.reft.tokenizer.Tokenizers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft tokenize}: texts to token ids as training and generation see them, and back. */
@Command(name = "tokenize", description = {"Turns texts into token ids: one JSON string a line in, one JSON array a line out, or back.",
        "Nothing is added, no BOS and no EOS; special tokens written out in a text are ordinary text."},
        footer = "  reft tokenize --model models/demo texts.jsonl > ids.jsonl")
final class TokenizeCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder with the tokenizer's files.")
    private Path model;

    @Option(names = "--decode", description = "JSON arrays of ids in, JSON strings out.")
    private boolean decode;

    @Parameters(index = "0", arity = "0..1", defaultValue = "-", paramLabel = "FILE",
            description = "JSON lines; - is standard input (default).")
    private String file;

    private final Gson gson = new GsonBuilder().disableHtmlEscaping().create();

    @Override
    public Integer call() throws IOException {
        int row = 0;
        try (Tokenizer tokenizer = Tokenizers.open(model);
                InputStream bytes = file.equals("-") ? System.in : Files.newInputStream(Path.of(file));
                BufferedReader in = new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()))) {
            for (String line; (line = in.readLine()) != null;) {
                row++;
                System.out.println(
                        gson.toJson(decode ? tokenizer.decode(ids(line, row, tokenizer.size())) : tokenizer.encode(text(line, row))));
            }
        } catch (CharacterCodingException e) {
            throw new InputError("%s after line %d: not UTF-8.", file, row);
        }
        return 0;
    }

    private String text(String line, int row) {
        return parse(line, row, "string like \"2 + 2\"", reader -> {
            if (reader.peek() != JsonToken.STRING) {
                throw new IllegalStateException("a number passes for a string otherwise");
            }
            return reader.nextString();
        });
    }

    private int[] ids(String line, int row, int size) {
        int[] ids = parse(line, row, "array of token ids like [5, 17]", reader -> {
            IntStream.Builder read = IntStream.builder();
            reader.beginArray();
            while (reader.hasNext()) {
                read.add(reader.nextInt());
            }
            reader.endArray();
            return read.build().toArray();
        });
        for (int id : ids) {
            if (id < 0 || id >= size) {
                throw new InputError("%s line %d: %d is no token of this tokenizer; they run from 0 to %d.", file, row, id, size - 1);
            }
        }
        return ids;
    }

    private interface Reading<T> {
        T from(JsonReader reader) throws IOException;
    }

    private <T> T parse(String line, int row, String what, Reading<T> reading) {
        try (JsonReader reader = new JsonReader(new StringReader(line))) {
            reader.setStrictness(Strictness.STRICT);
            T value = reading.from(reader);
            if (reader.peek() == JsonToken.END_DOCUMENT) {
                return value;
            }
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            // said below
        }
        throw new InputError("%s line %d: not a JSON %s.", file, row, what);
    }
}
