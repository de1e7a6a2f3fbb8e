package io.reft.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reft.Golden;
import io.reft.device.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Header and bindings cannot drift: every function of reft.h is bound in Kernels, with the parameters that it has. */
class BindingsTest {
    private static String read(String path) throws IOException {
        return Files.readString(Golden.repository(path));
    }

    private static String header() throws IOException {
        return read("native/include/reft.h").replaceAll("(?s)/\\*.*?\\*/", " ");
    }

    /** Functions of the header, with a letter for each parameter as {@link Foreign#function} has them. */
    private static Map<String, String> declared() throws IOException {
        Map<String, String> functions = new TreeMap<>();
        Matcher m = Pattern.compile("REFT_API\\s+(int32_t|const char \\*)\\s*(reft_\\w+)\\s*\\(([^)]*)\\)\\s*;").matcher(header());
        while (m.find()) {
            functions.put(m.group(2), m.group(3).equals("void") ? ""
                    : Arrays.stream(m.group(3).split(",")).map(BindingsTest::letter).collect(Collectors.joining()));
        }
        return functions;
    }

    private static String letter(String parameter) {
        if (parameter.contains("*")) {
            return "p";
        }
        String type = parameter.strip().replaceAll("\\s+\\w+$", "");
        return switch (type) {
            case "int64_t" -> "l";
            case "int32_t" -> "i";
            case "float" -> "f";
            default -> throw new AssertionError("no letter for " + parameter);
        };
    }

    @Test
    void everyFunctionIsBoundWithItsParameters() throws IOException {
        Map<String, String> bound = new TreeMap<>();
        Matcher m = Pattern.compile("c\\s*\\.(?:function|text)\\(\\s*\"(reft_\\w+)\"((?:[^;()]|\\n)*)\\)")
                .matcher(read("java/src/main/java/io/reft/kernels/Kernels.java"));
        while (m.find()) {
            bound.put(m.group(1), m.group(2).replaceAll("[^a-z]", ""));
        }
        Map<String, String> declared = declared();
        assertTrue(declared.size() > 30, "the header was read: " + declared.keySet());
        declared.remove("reft_set_debug"); // the native tests call it, and nothing else
        assertEquals(declared, bound);
    }

    @Test
    void constantsAreTheHeaders() throws IOException {
        Map<String, Integer> defined = new TreeMap<>();
        Matcher m = Pattern.compile("#define (REFT_\\w+) (\\d+)").matcher(header());
        while (m.find()) {
            defined.put(m.group(1), Integer.parseInt(m.group(2)));
        }
        assertEquals(defined.get("REFT_KV_PAGE"), Kernels.KV_PAGE);
        for (DType type : DType.values()) {
            assertEquals(defined.getOrDefault("REFT_" + type, -1), type.code);
        }
    }

    /** The library has what the header promises: a call of each would need arguments, a look-up does not. */
    @Test
    void theLibraryExportsTheHeader() throws IOException {
        var symbols = NativeLibraries.open("libreft_cpu.so");
        for (String name : declared().keySet()) {
            assertTrue(symbols.find(name).isPresent(), name);
        }
    }
}
