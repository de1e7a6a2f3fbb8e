package io.reft.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.reft.InputError;
import io.reft.Shared;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server in this process that breaks off, ignores ranges, or has another file. */
class DownloadTest {
    private static final byte[] CONTENT = new byte[300_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    private Path folder;
    private Path file;
    private HttpServer server;
    private final List<String> asked = new ArrayList<>();
    /** Bytes that an answer gives before the line breaks. */
    private int breaksAfter = Integer.MAX_VALUE;
    private boolean ranges = true;
    private int status;
    private byte[] served = CONTENT;

    @BeforeEach
    void start() throws IOException {
        file = folder.resolve("set.jsonl");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        asked.add(range == null ? "all" : range);
        try (exchange) {
            if (status != 0) {
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            int from = range == null || !ranges ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
            if (from > 0) {
                exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (served.length - 1) + "/" + served.length);
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, served.length - from);
            exchange.getResponseBody().write(served, from, Math.min(breaksAfter, served.length - from));
            if (breaksAfter < served.length - from) {
                throw new IOException("the line breaks");
            }
        }
    }

    private PublishedFile source() throws Exception {
        String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(CONTENT));
        return new PublishedFile("set", URI.create("http://localhost:" + server.getAddress().getPort() + "/set.jsonl"), sha256,
                CONTENT.length, "MIT");
    }

    private void fetch() throws Exception {
        Download.fetch(source(), file, bytes -> {});
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(p -> p.getFileName().toString()).toList();
        }
    }

    @Test
    void comesWhole() throws Exception {
        List<Long> seen = new ArrayList<>();
        Download.fetch(source(), file, seen::add);
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        assertEquals(List.of("set.jsonl"), left());
        assertEquals(CONTENT.length, seen.getLast());
        fetch();
        assertEquals(List.of("all"), asked, "what is here already is not fetched again");
    }

    @Test
    void aBrokenTransferGoesOnByItself() throws Exception {
        breaksAfter = 200_000;
        fetch();
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        assertEquals("all", asked.getFirst());
        assertTrue(asked.size() >= 2 && asked.stream().skip(1).allMatch(r -> r.startsWith("bytes=")), asked.toString());
    }

    @Test
    void aKilledTransferGoesOnLater() throws Exception {
        Files.write(folder.resolve("set.jsonl.part"), java.util.Arrays.copyOf(CONTENT, 123_456));
        fetch();
        assertEquals(List.of("bytes=123456-"), asked);
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        assertEquals(List.of("set.jsonl"), left());
    }

    @Test
    void aServerThatKnowsNoRangesIsReadFromTheStart() throws Exception {
        ranges = false;
        Files.write(folder.resolve("set.jsonl.part"), java.util.Arrays.copyOf(CONTENT, 123_456));
        fetch();
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
    }

    @Tag("slow")
    @Test
    void givesUpOnALineThatNeverMovesAndKeepsWhatCame() throws Exception {
        Files.write(folder.resolve("set.jsonl.part"), java.util.Arrays.copyOf(CONTENT, 1000));
        status = 503;
        String message = assertThrows(InputError.class, this::fetch).getMessage();
        assertTrue(message.contains("broke after 1000 of 300000 bytes (status 503); the same command goes on"), message);
        assertEquals(List.of("set.jsonl.part"), left());
    }

    @Test
    void anotherFileIsRefusedAndNothingIsLeft() throws Exception {
        served = CONTENT.clone();
        served[299_999] ^= 1;
        assertTrue(assertThrows(InputError.class, this::fetch).getMessage().contains("is not set as published: its SHA-256 is "));
        assertEquals(List.of(), left());
        served = java.util.Arrays.copyOf(CONTENT, CONTENT.length + 1);
        assertTrue(assertThrows(InputError.class, this::fetch).getMessage().contains("is longer than set as published"));
        assertEquals(List.of(), left());
        status = 404;
        assertTrue(assertThrows(InputError.class, this::fetch).getMessage().endsWith("the server answers with status 404"));
        assertEquals(List.of(), left());
    }

    @Test
    void aFileOfAnotherContentIsNotTouched() throws Exception {
        Files.writeString(file, "mine");
        assertThrows(InputError.class, this::fetch);
        assertEquals("mine", Files.readString(file));
        assertEquals(List.of(), asked);
    }

    /** The checksums are of the files as published, which lie in the shared folder. */
    @Test
    void knownChecksumsAreThoseOfThePublishedFiles() throws Exception {
        Path data = Shared.path("data");
        for (PublishedFile s : PublishedFile.KNOWN) {
            assertFalse(s.uri().getPath().contains("/main/") || s.uri().getPath().contains("/master/"), "a branch moves");
            String name = Path.of(s.uri().getPath()).getFileName().toString();
            Path published =
                    data.resolve(s.name().startsWith("gsm8k") ? "gsm8k" : s.name().equals("svamp") ? "svamp" : "reft").resolve(name);
            // a file that is here with this content is accepted without any request
            Download.fetch(s.at(URI.create("http://localhost:1/")), published, bytes -> {});
        }
    }
}
