package io.reft.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which packages know each other: arrows run one way. The names in the compiled classes are looked at. */
class PackagesTest {
    private static final Map<String, Set<String>> ARROWS = Map.of(
            "numeric", Set.of(),
            "runtime", Set.of("numeric"),
            "syntax", Set.of("runtime"),
            "compiler", Set.of("runtime", "syntax"),
            "library", Set.of("runtime", "numeric"),
            "", Set.of("runtime", "syntax", "compiler", "library"));
    private static final Pattern CLASS = Pattern.compile("io/reft/python/(?:([a-z]+)/)?[A-Z]");

    /** The packages that a class names, the root being "". */
    private static Set<String> named(Path file) throws IOException {
        Set<String> names = new TreeSet<>();
        for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
            if (entry instanceof Utf8Entry text) {
                for (Matcher m = CLASS.matcher(text.stringValue()); m.find();) {
                    names.add(m.group(1) == null ? "" : m.group(1));
                }
            }
        }
        return names;
    }

    @Test
    void arrowsRunOneWay() throws IOException {
        Path root = Path.of("target/classes/io/reft/python");
        Map<String, Set<String>> wrong = new TreeMap<>();
        List<Path> classes;
        try (Stream<Path> files = Files.walk(root)) {
            classes = files.filter(f -> f.toString().endsWith(".class") && !f.endsWith("package-info.class")).toList();
        }
        assertTrue(classes.size() > 150, () -> classes.size() + " classes");
        for (Path file : classes) {
            String own = root.relativize(file.getParent()).toString();
            Set<String> others = named(file);
            others.remove(own);
            others.removeAll(ARROWS.get(own));
            if (!others.isEmpty()) {
                wrong.put(root.relativize(file).toString(), others);
            }
        }
        assertEquals(Map.of(), wrong);
    }
}
