package io.reft.data;

import io.reft.InputError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/**
 * Fetches a {@link PublishedFile} over HTTP. What has come stands in {@code FILE.part}, from which a later call goes on; {@code FILE} is
 * there only once the whole has the published checksum.
 */
public final class Download {
    private static final int TRIES = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final PublishedFile source;
    private final Path file;
    private final Path part;

    private Download(PublishedFile source, Path file) {
        this.source = source;
        this.file = file;
        this.part = file.resolveSibling(file.getFileName() + ".part");
    }

    /**
     * Brings the source to {@code file}. A file that is there already must be the same one, and is left alone.
     *
     * @param progress told how many bytes have come, those of earlier calls included
     * @throws InputError where the server refuses, the transfer breaks for good, or the file is not the published one
     */
    public static void fetch(PublishedFile source, Path file, LongConsumer progress) throws IOException, InterruptedException {
        new Download(source, file).run(progress);
    }

    private void run(LongConsumer progress) throws IOException, InterruptedException {
        if (Files.exists(file)) {
            if (Files.size(file) != source.bytes() || !sha256(file).equals(source.sha256())) {
                throw new InputError("%s is there and is not %s as published; remove it or name another file", file, source.name());
            }
            return;
        }
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).followRedirects(HttpClient.Redirect.NORMAL).build()) {
            for (int broken = 0; here() < source.bytes();) {
                long before = here();
                String why = "the server ended it";
                try {
                    transfer(client, progress);
                } catch (IOException e) {
                    why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                }
                if (here() >= source.bytes()) {
                    break;
                }
                broken = here() > before ? 1 : broken + 1; // a line that moves is worth going on with
                if (broken == TRIES) {
                    throw new InputError("%s: the transfer broke after %d of %d bytes (%s); the same command goes on from there",
                            source.uri(), here(),
                            source.bytes(), why);
                }
                Thread.sleep(100L << 2 * broken);
            }
        }
        String sum = sha256(part);
        if (!sum.equals(source.sha256())) {
            Files.delete(part);
            throw new InputError("%s is not %s as published: its SHA-256 is %s and should be %s; nothing is kept", source.uri(),
                    source.name(), sum,
                    source.sha256());
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Bytes that have come so far. */
    private long here() throws IOException {
        return Files.exists(part) ? Files.size(part) : 0;
    }

    /** One request, and what comes of it added to the part. */
    private void transfer(HttpClient client, LongConsumer progress) throws IOException, InterruptedException {
        long from = here();
        HttpRequest.Builder request = HttpRequest.newBuilder(source.uri()).timeout(PATIENCE);
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            boolean rest = response.statusCode() == 206
                    && response.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + from + "-");
            if (!rest && response.statusCode() != 200) {
                if (response.statusCode() >= 500) {
                    throw new IOException("status " + response.statusCode());
                }
                if (response.statusCode() == 416) {
                    // what is here cannot be a beginning of what is there
                    Files.deleteIfExists(part);
                }
                throw new InputError("%s: the server answers with status %d", source.uri(), response.statusCode());
            }
            // 200 is the whole file, asked for or not: a server need not know ranges
            try (OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    rest ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
                long total = rest ? from : 0;
                byte[] buffer = new byte[1 << 16];
                for (int n; (n = body.read(buffer)) >= 0; progress.accept(total)) {
                    total += n;
                    if (total > source.bytes()) {
                        break;
                    }
                    out.write(buffer, 0, n);
                }
                if (total <= source.bytes()) {
                    return;
                }
            }
            Files.delete(part);
            throw new InputError("%s is longer than %s as published (%d bytes); nothing is kept", source.uri(), source.name(),
                    source.bytes());
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n; (n = in.read(buffer)) >= 0;) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
