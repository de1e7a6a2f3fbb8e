package io.reft.reproduce;

import io.reft.InputError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A part of a reproduction: a command line of reft.
 *
 * @param name    its own, also of the folder or file that it writes
 * @param command the command
 * @param paths   its options that name files and folders
 * @param options those that decide what comes out
 */
record Stage(String name, String command, List<String> paths, List<String> options) {
    /**
     * This stage with those of the settings {@code STAGE.OPTION=VALUE} or {@code COMMAND.OPTION=VALUE} that are its own; the stage's own
     * count more.
     */
    Stage with(Map<String, String> settings) {
        List<String> all = new ArrayList<>(options);
        for (String owner : List.of(family(), name)) {
            settings.forEach((key, value) -> {
                if (key.startsWith(owner + ".") && (owner.equals(name) || !settings.containsKey(name + key.substring(owner.length())))) {
                    String option = "--" + key.substring(owner.length() + 1);
                    all.removeIf(o -> o.startsWith(option + "="));
                    all.add(option + "=" + value);
                }
            });
        }
        return new Stage(name, command, paths, all);
    }

    /** What its command is called in settings: {@code rerank} for {@code rerank train}. */
    private String family() {
        return command.split(" ")[0];
    }

    /** The whole command line. */
    List<String> arguments() {
        List<String> all = new ArrayList<>(List.of(command.split(" ")));
        all.addAll(options);
        all.addAll(paths);
        return all;
    }

    /** Refuses settings that belong to no stage. */
    static void checkOwners(Map<String, String> settings, List<Stage> stages) {
        for (String key : settings.keySet()) {
            if (stages.stream().noneMatch(s -> key.startsWith(s.name + ".") || key.startsWith(s.family() + "."))) {
                throw new InputError("--set %s: what is set is called STAGE.OPTION; the stages are %s.", key,
                        String.join(", ", stages.stream().map(Stage::name).toList()));
            }
        }
    }
}
