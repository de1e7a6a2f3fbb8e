package io.reft.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.reft.InputError;
import io.reft.python.Outcome;
import io.reft.python.PythonInterpreter;
import io.reft.reward.CPython;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reft exec}: runs Python programs in the interpreter that scores completions. */
@Command(name = "exec", description = {"Runs the function solution() of Python programs in the sandbox.",
        "Reads JSON lines {\"id\",\"code\"}, writes JSON lines {\"id\",\"outcome\",\"type\",\"value\",\"error\"} in the same order; "
                + "outcome is ok, error, limit or unsupported."},
        footer = "  reft exec programs.jsonl > outcomes.jsonl")
final class ExecCommand implements Callable<Integer> {
    /** Programs that one task runs, and tasks that may wait: memory is bounded however long the input is. */
    private static final int CHUNK = 64;
    private static final int AHEAD = 32;

    @Parameters(index = "0", arity = "0..1", defaultValue = "-", paramLabel = "FILE",
            description = "JSON lines; - is standard input (default).")
    private String file;

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Threads (default: one a core).")
    @Range(min = 0, max = Range.THREADS)
    private int threads;

    @Option(names = "--python", defaultValue = "own", paramLabel = "own|cpython",
            description = "What runs them: reft's interpreter, or python3 in workers that can reach nothing, for sympy (default: "
                    + "${DEFAULT-VALUE}).")
    private DataOptions.Python python;

    private Function<String, Outcome> programs;

    private record Row(JsonElement id, String outcome, String type, String value, String error) {}

    private record Job(JsonElement id, String code) {}

    private final Gson gson = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        ExecutorService executor =
                Executors.newFixedThreadPool(threads > 0 ? threads : Runtime.getRuntime().availableProcessors(), work -> {
                    Thread thread = new Thread(work, "exec");
                    thread.setDaemon(true);
                    return thread;
                });
        programs = python == DataOptions.Python.CPYTHON ? CPython.open("python3") : PythonInterpreter::run;
        Deque<Future<String>> pending = new ArrayDeque<>();
        try (BufferedReader in = file.equals("-") ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(file))) {
            List<Job> chunk = new ArrayList<>();
            int row = 0;
            for (String line; (line = in.readLine()) != null;) {
                row++;
                if (line.isBlank()) {
                    continue;
                }
                chunk.add(job(line, row));
                // what is typed by hand is answered line by line
                if (chunk.size() == CHUNK || !in.ready()) {
                    List<Job> full = chunk;
                    pending.add(executor.submit(() -> run(full)));
                    chunk = new ArrayList<>();
                }
                while (pending.size() > AHEAD || !pending.isEmpty() && !in.ready()) {
                    System.out.print(pending.poll().get());
                }
            }
            if (!chunk.isEmpty()) {
                System.out.print(run(chunk));
            }
        } catch (CharacterCodingException e) {
            throw new InputError("%s: not UTF-8.", file);
        } finally {
            for (Future<String> f : pending) {
                System.out.print(f.get());
            }
            executor.shutdownNow();
        }
        return 0;
    }

    private Job job(String line, int row) {
        try {
            JsonObject object = JsonParser.parseString(line).getAsJsonObject();
            JsonElement code = object.get("code");
            if (code == null || !code.isJsonPrimitive()) {
                throw new InputError("%s line %d: \"code\" is missing or no text.", file, row);
            }
            return new Job(object.get("id"), code.getAsString());
        } catch (JsonParseException | IllegalStateException e) {
            throw new InputError("%s line %d: not a JSON object like {\"id\": 1, \"code\": \"def solution(): …\"}.", file, row);
        }
    }

    private String run(List<Job> jobs) {
        StringBuilder text = new StringBuilder();
        for (Job job : jobs) {
            Outcome o = programs.apply(job.code);
            text.append(gson.toJson(new Row(job.id, o.kind().name().toLowerCase(Locale.ROOT), o.type(), o.value(), o.error())))
                    .append('\n');
        }
        return text.toString();
    }
}
