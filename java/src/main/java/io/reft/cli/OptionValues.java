package io.reft.cli;

import io.reft.data.Datasets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every option of a command with the value in force, given or by default: what a run's {@code options.json} records. */
final class OptionValues {
    /** Options that name what a command writes. */
    private static final Set<String> WRITTEN = Set.of("--out", "--samples-out", "--json");

    private OptionValues() {}

    /** Names without dashes, in the order of the help; help, version and trace left out, as is what has no value. */
    static Map<String, Object> of(CommandSpec command) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (OptionSpec option : command.options()) {
            if (!option.usageHelp() && !option.versionHelp() && !option.inherited()) {
                put(values, option.longestName().replaceFirst("^-+", ""), option);
            }
        }
        return values;
    }

    /** The files and folders that a command reads: what its options name, but for those that it writes. */
    static List<Path> inputs(CommandSpec command) {
        List<Path> inputs = new ArrayList<>();
        for (OptionSpec option : command.options()) {
            if (!WRITTEN.contains(option.longestName())) {
                switch (option.<Object>getValue()) {
                    case Path path when path.equals(Datasets.STANDARD_INPUT) -> {}
                    case Path path -> inputs.add(path);
                    case List<?> several -> several.forEach(value -> inputs.add((Path) value));
                    case null, default -> {}
                }
            }
        }
        return inputs;
    }

    private static void put(Map<String, Object> values, String name, ArgSpec argument) {
        if (argument.getValue() != null) {
            values.put(name, plain(argument.getValue()));
        }
    }

    /** A value as people and records write it. */
    static Object plain(Object value) {
        return switch (value) {
            case Path path when path.equals(Datasets.STANDARD_INPUT) -> "-";
            case Path path -> path.toAbsolutePath().normalize().toString();
            case Enum<?> constant -> constant.name().toLowerCase(java.util.Locale.ROOT);
            case Double number when number.intValue() == number -> number.intValue();   // 40 epochs, not 40.0
            case List<?> several -> several.stream().map(OptionValues::plain).toList();
            default -> value;
        };
    }
}
