package io.reft.cli;

import io.reft.reproduce.Recipes;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/**
 * The option that names one of {@link Recipes}: {@code @Mixin RecipeOption recipe}. A recipe's values take the place of the options'
 * defaults; what the command line says counts more.
 */
final class RecipeOption {
    /** The option that names a recipe. */
    static final String OPTION = "--recipe";

    @Option(names = OPTION, paramLabel = "CHECKPOINT/DATA",
            description = "The paper's values for the options not given, such as galactica-125m/svamp-python; with --help it shows them.")
    String name;

    /** The defaults that these arguments of {@code command} ask for, or null where they name no recipe. */
    static IDefaultValueProvider defaults(String command, List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.startsWith(OPTION + "=")) {
                return provider(Recipes.values(argument.substring(OPTION.length() + 1), command));
            }
            if (argument.equals(OPTION) && i + 1 < arguments.size()) {
                return provider(Recipes.values(arguments.get(i + 1), command));
            }
        }
        return null;
    }

    private static IDefaultValueProvider provider(Map<String, String> values) {
        return (ArgSpec argument) -> argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
    }
}
