package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.InputError;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
    private static final String NAME = "libsample.so";

    @TempDir
    Path folder;
    private final byte[] content = new byte[5_000_001];
    private Path cache;
    private URL resource;

    @BeforeEach
    void makeJar() throws IOException {
        new Random(1).nextBytes(content);
        Path jar = folder.resolve("sample.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry(NAME));
            out.write(content);
        }
        resource = URI.create("jar:" + jar.toUri() + "!/" + NAME).toURL();
        cache = NativeLibraries.cacheFolder(Map.of("REFT_NATIVE_CACHE", folder.resolve("cache").toString()));
    }

    @Test
    void unpacksOnceToAPrivateFolder() throws IOException {
        Path path = NativeLibraries.unpack(resource, NAME, cache);
        assertArrayEquals(content, Files.readAllBytes(path));
        assertEquals(NAME, path.getFileName().toString());
        for (Path made : List.of(cache, path.getParent())) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
        }
        Object first = Files.getAttribute(path, "unix:ino");
        assertEquals(path, NativeLibraries.unpack(resource, NAME, cache));
        assertEquals(first, Files.getAttribute(path, "unix:ino"), "an unpacked file is used as it is");
    }

    @Test
    void repairsATruncatedFile() throws IOException {
        Path path = NativeLibraries.unpack(resource, NAME, cache);
        Files.write(path, new byte[1000]);
        assertArrayEquals(content, Files.readAllBytes(NativeLibraries.unpack(resource, NAME, cache)));
    }

    @Test
    void processesMayStartAtOnce() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
                    "-cp", System.getProperty("java.class.path"), Unpack.class.getName(), resource.toString(), cache.toString())
                    .redirectErrorStream(true).start());
        }
        List<Thread> threads = Stream.generate(() -> Thread.ofPlatform().start(() -> Unpack.run(resource, cache))).limit(3).toList();
        for (Process process : processes) {
            assertEquals("whole", new String(process.getInputStream().readAllBytes()).strip());
        }
        for (Thread thread : threads) {
            thread.join();
        }
        try (Stream<Path> left = Files.walk(cache)) {
            assertEquals(1, left.filter(Files::isRegularFile).count(), "no unfinished file is left");
        }
    }

    /** Unpacks in a process of its own, and says whether it found the file whole. */
    static final class Unpack {
        public static void main(String[] arguments) throws Exception {
            System.out.println(run(URI.create(arguments[0]).toURL(), Path.of(arguments[1])));
        }

        static String run(URL resource, Path cache) {
            try {
                return Files.size(NativeLibraries.unpack(resource, NAME, cache)) == 5_000_001 ? "whole" : "cut";
            } catch (IOException e) {
                return e.toString();
            }
        }
    }

    @Test
    void refusesAFolderThatOthersCanWrite() throws IOException {
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThrows(InputError.class, () -> NativeLibraries.cacheFolder(Map.of("REFT_NATIVE_CACHE", cache.toString())));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("elsewhere")));
        assertThrows(InputError.class, () -> NativeLibraries.cacheFolder(Map.of("REFT_NATIVE_CACHE", link.toString())));
    }

    @Test
    void fallsBackWhereTheHomeCannotBeUsed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path home = folder.resolve("home");
        assertEquals(home.resolve(".cache/reft"), NativeLibraries.cacheFolder(
                Map.of("XDG_CACHE_HOME", file.toString(), "HOME", home.toString())));
    }

    @Test
    void opensOneDnnAndWhatItNeeds() {
        assertTrue(NativeLibraries.open("libdnnl.so.3").find("dnnl_version").isPresent());
        assertTrue(NativeLibraries.open("libgomp.so.1").find("omp_get_max_threads").isPresent());
        InputError error = assertThrows(InputError.class, () -> NativeLibraries.find("libnothing.so"));
        assertTrue(error.getMessage().contains("libnothing.so"), error.getMessage());
    }
}
