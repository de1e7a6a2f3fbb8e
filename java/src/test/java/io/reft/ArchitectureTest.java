package io.reft;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rooms and what they may use, as ARCHITECTURE.md draws them. */
class ArchitectureTest {
    /** Without what jextract wrote. */
    private static final JavaClasses CLASSES = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(place -> !place.contains("/cublas/")).importPackages("io.reft");

    /** What each room may use beside itself, and what that may use, and so on; {@code io.reft} itself is everybody's. */
    private static final Map<String, Set<String>> ROOMS = Map.ofEntries(
            Map.entry("cli", Set.of("run", "reproduce", "bench", "watch")),
            Map.entry("reproduce", Set.of("watch")),
            Map.entry("watch", Set.of("run")),
            Map.entry("bench", Set.of("run")),
            Map.entry("run", Set.of("train", "evaluate")),
            Map.entry("train", Set.of("rollout")),
            Map.entry("evaluate", Set.of("rollout")),
            Map.entry("rollout", Set.of("generate", "reward")),
            Map.entry("generate", Set.of("model", "data")),
            Map.entry("reward", Set.of("answer", "data", "python")),
            Map.entry("model", Set.of("kernels", "checkpoint")),
            Map.entry("kernels", Set.of("device")),
            Map.entry("device", Set.of()),
            Map.entry("data", Set.of("answer", "tokenizer", "checkpoint")),
            Map.entry("tokenizer", Set.of("checkpoint")),
            Map.entry("answer", Set.of()),
            Map.entry("checkpoint", Set.of()),
            Map.entry("python", Set.of()));

    /** The folder or module of a class: what stands after {@code io.reft.}; empty for io.reft itself. */
    private static String room(JavaClass c) {
        String[] names = c.getPackageName().split("\\.");
        return names.length < 3 ? "" : names[2];
    }

    private static Set<String> reachable(String room) {
        Set<String> reached = new HashSet<>();
        reach(room, reached);
        return reached;
    }

    private static void reach(String room, Set<String> reached) {
        if (reached.add(room)) {
            ROOMS.getOrDefault(room, Set.of()).forEach(next -> reach(next, reached));
        }
    }

    @Test
    void arrowsGoDown() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            Set<String> allowed = reachable(room(from));
            from.getDirectDependenciesFromSelf().stream().map(d -> d.getTargetClass().getBaseComponentType())
                    .filter(to -> to.getPackageName().startsWith("io.reft") && !room(to).isEmpty() && !allowed.contains(room(to)))
                    .forEach(to -> wrong.add(from.getName() + " uses " + to.getName()));
        }
        assertEquals(Set.of(), wrong, "a room uses what ARCHITECTURE.md does not let it");
    }

    @Test
    void everyRoomIsKnownAndNoneGoesInCircles() {
        Set<String> rooms = CLASSES.stream().map(ArchitectureTest::room).filter(r -> !r.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(ROOMS.keySet()), rooms);
        ROOMS.forEach(
                (room, next) -> assertTrue(next.stream().noneMatch(n -> reachable(n).contains(room)), room + " is reached from below"));
    }

    @Test
    void packagesHaveNoCircles() {
        SlicesRuleDefinition.slices().matching("io.reft.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void noTwoClassesShareAName() throws IOException {
        Map<String, Set<String>> places = new TreeMap<>();
        for (Path file : sources()) {
            String name = file.getFileName().toString();
            places.computeIfAbsent(name, n -> new TreeSet<>()).add(root().relativize(file).toString());
        }
        places.values().removeIf(files -> files.size() == 1);
        assertEquals(Map.of(), places, "two classes of one name, in whatever module");
    }

    /** Sources of all modules, tests and benchmarks among them; what is generated or says something on a package is not asked. */
    private static List<Path> sources() throws IOException {
        List<Path> all = new ArrayList<>();
        for (String module : List.of("java", "interpreter", "benchmarks")) {
            try (Stream<Path> files = Files.walk(root().resolve(module).resolve("src"))) {
                files.filter(
                        f -> f.toString().endsWith(".java") && !f.toString().endsWith("-info.java") && !f.toString().contains("/cublas/"))
                        .forEach(all::add);
            }
        }
        return all;
    }

    private static Path root() {
        return Path.of(System.getProperty("reft.root")).toAbsolutePath().normalize();
    }

    @Test
    void onlyTheCommandLinePrints() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass c : CLASSES) {
            c.getFieldAccessesFromSelf().stream().filter(a -> !room(c).equals("cli") && standardStream(a))
                    .forEach(a -> wrong.add(a.getDescription()));
        }
        assertEquals(Set.of(), wrong, "System.out and System.err are cli's alone");
    }

    private static boolean standardStream(JavaFieldAccess a) {
        return a.getTargetOwner().isEquivalentTo(System.class) && Set.of("out", "err").contains(a.getName());
    }

    @Test
    void onlyTheCommandLineKnowsItsLibraries() {
        noClasses().that().resideOutsideOfPackage("io.reft.cli").should().dependOnClassesThat()
                .resideInAnyPackage("picocli..", "me.tongfei..").check(CLASSES);
    }

    @Test
    void theInterpreterHasOneEntrance() {
        noClasses().that().resideOutsideOfPackage("io.reft.python..").should().dependOnClassesThat()
                .resideInAPackage("io.reft.python.*..").check(CLASSES);
    }

    /** CUDA's bindings and calls into native code are known where they belong, and nowhere else. */
    @Test
    void nativeCodeStaysBelow() {
        noClasses().that().resideOutsideOfPackages("io.reft.kernels..", "io.reft.device").should().dependOnClassesThat()
                .resideInAnyPackage("jcuda..", "io.reft.kernels.cublas..").check(CLASSES);
        noClasses().that().resideOutsideOfPackages("io.reft.kernels..", "io.reft.device").should().dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker").check(CLASSES);
    }
}
