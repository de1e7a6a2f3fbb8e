package io.reft.kernels;

import io.reft.InputError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;

/**
 * Finds the native libraries that came with the program and opens them. A library inside a jar is unpacked once, to a
 * folder named by its checksum and size in a cache that only this user can write; one that lies in a class folder (a
 * build tree) is used where it is. Any number of processes may start at once.
 *
 * <p>The cache is {@code $REFT_NATIVE_CACHE}, or else the first that can be used of {@code $XDG_CACHE_HOME/reft},
 * {@code ~/.cache/reft} and {@code reft-USER} in the temporary folder. The system property {@code reft.natives} names a
 * folder whose libraries go before those that came with the program, such as a sanitizer build.
 */
public final class NativeLibraries {
    /** Operating system and processor, as the folders in the jar are named. */
    static final String PLATFORM = platform();

    /** Where libraries lie in the jar: our own, and oneDNN's and JCuda's as their publishers pack them. */
    private static final List<String> FOLDERS =
            List.of("natives/" + PLATFORM + "/", "org/bytedeco/dnnl/" + PLATFORM + "/", "lib/");

    /** OpenMP's runtime, which our library and oneDNN share, is found by them only when it is open already. */
    private static final Map<String, List<String>> NEEDS = Map.of(
            "libdnnl.so.3", List.of("libgomp.so.1"),
            "libreft_cpu.so", List.of("libgomp.so.1"));

    private static final String OPENMP = "libgomp.so.1";

    /** Turns that an idle OpenMP thread waits before it sleeps: about a tenth of a millisecond, longer than we pause between ops. */
    private static final String SPINS = "10000";

    private static final Map<String, Path> FOUND = new ConcurrentHashMap<>();
    private static final Map<String, SymbolLookup> OPEN = new ConcurrentHashMap<>();

    private NativeLibraries() {}

    /**
     * The symbols of a library, which stays open as long as the program runs. What it needs is opened first.
     *
     * @param fileName such as {@code libreft_cpu.so}
     */
    public static SymbolLookup open(String fileName) {
        SymbolLookup open = OPEN.get(fileName);
        if (open == null) {
            NEEDS.getOrDefault(fileName, List.of()).forEach(NativeLibraries::open);
            open = OPEN.computeIfAbsent(fileName, name -> {
                Path path = find(name);
                if (name.equals(OPENMP)) {
                    spinBriefly();
                }
                try {
                    return SymbolLookup.libraryLookup(path, Arena.global());
                } catch (IllegalArgumentException e) {
                    throw new IllegalStateException(path + " cannot be opened; where its disk forbids programs (noexec), "
                            + "set REFT_NATIVE_CACHE to a folder on another", e);
                }
            });
        }
        return open;
    }

    /**
     * By default an idle thread of libgomp spins for milliseconds, which takes the processor from the very threads that it
     * waits for wherever anything else runs. The library reads this when it is opened; what the user set stays.
     */
    private static void spinBriefly() {
        Linker linker = Linker.nativeLinker();
        MethodHandle setenv = linker.downcallHandle(linker.defaultLookup().findOrThrow("setenv"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) setenv.invokeExact(arena.allocateFrom("GOMP_SPINCOUNT"), arena.allocateFrom(SPINS), 0);
        } catch (Throwable e) {
            throw new IllegalStateException("setenv cannot be called", e);
        }
    }

    /**
     * The path of a library, unpacked if need be.
     *
     * @param fileName such as {@code libdnnl.so.3}
     */
    public static Path find(String fileName) {
        return FOUND.computeIfAbsent(fileName, NativeLibraries::locate);
    }

    /** Whether a library came with the program, or lies in the folder {@code reft.natives}. */
    public static boolean holds(String fileName) {
        return override(fileName) != null || resource(fileName) != null;
    }

    private static Path override(String fileName) {
        String folder = System.getProperty("reft.natives");
        return folder != null && Files.exists(Path.of(folder, fileName)) ? Path.of(folder, fileName).toAbsolutePath() : null;
    }

    private static Path locate(String fileName) {
        Path override = override(fileName);
        if (override != null) {
            return override;
        }
        URL resource = resource(fileName);
        if (resource == null) {
            throw new InputError("This build of reft holds no %s for %s.", fileName, PLATFORM);
        }
        try {
            return resource.getProtocol().equals("file")
                    ? Path.of(resource.toURI())
                    : unpack(resource, fileName, cacheFolder(System.getenv()));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot unpack " + fileName + ": " + e.getMessage(), e);
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static URL resource(String fileName) {
        for (String folder : FOLDERS) {
            URL resource = NativeLibraries.class.getClassLoader().getResource(folder + fileName);
            if (resource != null) {
                return resource;
            }
        }
        return null;
    }

    /** Unpacks a jar's entry into {@code cache}, unless it lies there whole, and returns its path. */
    static Path unpack(URL resource, String fileName, Path cache) throws IOException {
        JarURLConnection connection = (JarURLConnection) resource.openConnection();
        JarEntry entry = connection.getJarEntry();
        Path folder = cache.resolve(String.format("%08x-%d", entry.getCrc(), entry.getSize()));
        Path path = folder.resolve(fileName);
        // Files get their names only when they are whole, so a size that differs means that somebody cut them.
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && Files.size(path) == entry.getSize()) {
            return path;
        }
        makePrivate(folder);
        Path unfinished = Files.createTempFile(folder, fileName, ".part");
        try (InputStream in = connection.getInputStream()) {
            if (write(in, unfinished) != entry.getCrc() || Files.size(unfinished) != entry.getSize()) {
                throw new IOException("its checksum is wrong: the jar is damaged");
            }
            // Another process may have been faster; its file is the same, and stays valid for who has it open.
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        return path;
    }

    /** Writes {@code in} to {@code path}, down to the disk, and returns the CRC-32 of what was written. */
    private static long write(InputStream in, Path path) throws IOException {
        CRC32 checksum = new CRC32();
        byte[] buffer = new byte[1 << 20];
        try (FileChannel out = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                checksum.update(buffer, 0, n);
                for (ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n); bytes.hasRemaining();) {
                    out.write(bytes);
                }
            }
            out.force(true);
        }
        return checksum.getValue();
    }

    /** The first cache folder that can be used, made if need be. */
    static Path cacheFolder(Map<String, String> environment) throws IOException {
        if (environment.containsKey("REFT_NATIVE_CACHE")) {
            Path chosen = Path.of(environment.get("REFT_NATIVE_CACHE")).toAbsolutePath();
            try {
                makePrivate(chosen);
            } catch (IOException e) {
                throw new InputError("REFT_NATIVE_CACHE is of no use: %s.", e.getMessage());
            }
            return chosen;
        }
        List<Path> candidates = new ArrayList<>();
        if (environment.getOrDefault("XDG_CACHE_HOME", "").startsWith("/")) {
            candidates.add(Path.of(environment.get("XDG_CACHE_HOME"), "reft"));
        }
        if (environment.getOrDefault("HOME", "").startsWith("/")) {
            candidates.add(Path.of(environment.get("HOME"), ".cache", "reft"));
        }
        candidates.add(Path.of(System.getProperty("java.io.tmpdir"), "reft-" + me()));
        IOException last = null;
        for (Path candidate : candidates) {
            try {
                makePrivate(candidate);
                return candidate;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    /**
     * Makes a folder that only this user can enter, or checks that an existing one is his: whoever can write there could
     * have us run his code.
     */
    private static void makePrivate(Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            PosixFileAttributes found = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isDirectory() || !found.owner().getName().equals(me())) {
                throw new IOException(folder + " is not a folder of your own");
            }
            if (found.permissions().contains(PosixFilePermission.GROUP_WRITE)
                    || found.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException("others may write in " + folder + "; please do chmod 700 on it, or remove it");
            }
        }
    }

    /** This process's user. The property {@code user.name} is of no use in containers that know no name for him. */
    private static String me() throws IOException {
        return Files.getOwner(Path.of("/proc/self")).getName();
    }

    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z].*", "");
        String processor = System.getProperty("os.arch");
        return system + "-" + switch (processor) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm64";
            default -> processor;
        };
    }
}
