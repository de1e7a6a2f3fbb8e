package io.reft.reward;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.reft.InputError;
import io.reft.data.Problem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Scores by a program of the user's own: it is started once, reads a JSON object a completion on its standard input, and writes a number a
 * line, in the same order, on its standard output. Its standard error is the run's.
 *
 * <p>The object has {@code item_id}, {@code question}, {@code completion}, {@code finished} (ended by itself, not at the length limit),
 * {@code gold}, and what the built-in verifier made of it: {@code answer} (null where there is none), {@code verdict}, {@code score}. The
 * answer line is a number, or an object with a {@code score}. A batch is written before the first line of its answers is read, so that a
 * program may read all it gets, or one line at a time; it must flush what it writes.
 */
final class ExternalReward implements RewardMix.Scorer {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
    /** Stands in the queue for the end of the program's output. */
    private static final String END = "\0end";
    /** Characters of a bad line that a message shows. */
    private static final int SHOWN = 80;

    private final String command;
    private final Duration deadline;
    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(1024);
    private final Process process;
    private final BufferedWriter input;

    private record Row(String item_id, String question, String completion, boolean finished, String gold, String answer, String verdict,
                       double score) {}

    private ExternalReward(String command, Duration deadline, Process process) {
        this.command = command;
        this.deadline = deadline;
        this.process = process;
        input = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "reward command");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts the program.
     *
     * @param command  as a shell takes it
     * @param deadline from one answer to the next
     */
    static ExternalReward start(String command, Duration deadline) {
        try {
            return new ExternalReward(command, deadline,
                    new ProcessBuilder("/bin/sh", "-c", command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
        } catch (IOException e) {
            throw new InputError("--reward exec:'%s' cannot be started: %s.", command, e.getMessage());
        }
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (!line.isBlank()) {
                    lines.put(line);
                }
            }
        } catch (IOException closed) {
            // the process has ended, which END says
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lines.offer(END);
    }

    /**
     * The program's score of each completion.
     *
     * @param attempts what was written
     * @param judged   what the built-in verifier made of it, in the same order
     * @throws InputError where the program ends, is late, or writes something else than a number
     */
    @Override
    public synchronized List<Double> scores(List<Attempt> attempts, List<Score> judged) {
        Thread writer = new Thread(() -> write(attempts, judged), "reward command");
        writer.setDaemon(true);
        writer.start();
        List<Double> scores = new ArrayList<>();
        for (int i = 0; i < attempts.size(); i++) {
            scores.add(score(next(i, attempts.size()), attempts.get(i).problem()));
        }
        return scores;
    }

    private void write(List<Attempt> attempts, List<Score> judged) {
        try {
            for (int i = 0; i < attempts.size(); i++) {
                Attempt a = attempts.get(i);
                Score s = judged.get(i);
                input.write(GSON.toJson(new Row(a.problem().id(), a.problem().question(), a.completion(), a.finished(),
                        a.problem().answer(),
                        s.answer() == null ? null : s.answer().toString(), s.verdict().name().toLowerCase(Locale.ROOT), s.value())));
                input.write('\n');
            }
            input.flush();
        } catch (IOException ended) {
            process.destroy();  // its end is what the reader says
        }
    }

    private String next(int done, int all) {
        String line;
        try {
            line = lines.poll(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InputError("The run was interrupted while --reward exec:'%s' scored.", command);
        }
        if (line == null) {
            close();
            throw new InputError(
                    "--reward exec:'%s' gave %d of %d scores and then nothing for %d seconds: raise --reward-timeout, or have it "
                            + "flush each line.",
                    command,
                    done, all, deadline.toSeconds());
        }
        if (line.equals(END)) {
            throw new InputError("--reward exec:'%s' ended%s after %d of %d scores: it must go on reading until its input ends.", command,
                    exit(), done, all);
        }
        return line;
    }

    private String exit() {
        try {
            return process.waitFor(1, TimeUnit.SECONDS) ? " with exit code " + process.exitValue() : "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private double score(String line, Problem problem) {
        double score = Double.NaN;
        try {
            JsonElement value = JsonParser.parseString(line);
            JsonElement number = value instanceof JsonObject object && object.has("score") ? object.get("score") : value;
            score = number instanceof JsonPrimitive primitive && primitive.isNumber() ? primitive.getAsDouble() : Double.NaN;
        } catch (JsonParseException | NumberFormatException e) {
            // said below
        }
        if (!Double.isFinite(score)) {
            close();
            throw new InputError("--reward exec:'%s' answered \"%s\" for %s: a line with one finite number was expected.", command,
                    line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line, problem.id());
        }
        return score;
    }

    /** Ends the program's input, and the program where that does not end it. */
    @Override
    public void close() {
        try {
            process.outputWriter().close();
        } catch (IOException ended) {
            process.destroy();
        }
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
