package io.reft.cli;

import io.reft.Diverged;
import io.reft.InputError;
import io.reft.Version;
import io.reft.checkpoint.JsonFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command {@code reft}: hands over to one class a command, and turns what those throw into one line and an exit code.
 *
 * <p>Exit codes: 0 done; 1 a fault of the engine, or a training that diverged; 2 bad input, or a file or device that cannot be read or
 * written, told in one sentence;
 * 130 interrupted; 141 nobody reads standard output any more.
 */
@Command(
        name = "reft",
        description = "Teaches language models to reason: supervised warm-up, then reinforcement on their own solutions.",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = Main.VersionLine.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        descriptionHeading = "%n",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExample:%n",
        footer = "  reft demo --seed 1 --out runs/demo")
public final class Main implements Callable<Integer> {
    /** Every command, in the order in which the help lists them. */
    static final List<Class<?>> COMMANDS = List.of(DemoCommand.class, InitCommand.class, ConvertCommand.class, SftCommand.class,
            PpoCommand.class, RlCommand.class, SelfTrainCommand.class, RerankCommand.class, EvalCommand.class, CompareCommand.class,
            ProbeCommand.class, WatchCommand.class, SamplesCommand.class, ReportCommand.class, ReproduceCommand.class,
            GenerateCommand.class, TokenizeCommand.class, DataCommand.class, AuditCommand.class,
            ExecCommand.class, InspectCommand.class, BenchCommand.class, Info.class);

    @Option(names = "--trace", scope = ScopeType.INHERIT,
            description = "Show the stack trace of an error (also: REFT_TRACE=1).")
    private boolean trace;

    /** Most characters of a message about wrong use, and of a sentence. */
    private static final int MESSAGE = 1000, SENTENCE = 8000;

    private CommandLine commandLine;

    private Main() {}

    /** @param arguments the command line */
    public static void main(String[] arguments) {
        // Neither telemetry nor downloads from the tokenizers' libraries.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        System.setProperty("java.awt.headless", "true");
        StandardOutput.install();
        System.exit(run(arguments));
    }

    /** Runs one command line and returns its exit code. */
    static int run(String... arguments) {
        return run(COMMANDS, arguments);
    }

    /** Runs one command line of a program with these commands. */
    static int run(List<Class<?>> commands, String... arguments) {
        Main main = new Main();
        CommandLine line = main.line(commands);
        CommandLine asked = asked(line, List.of(arguments));
        int code;
        try {
            useRecipe(asked, List.of(arguments));
            code = line.execute(arguments);
            System.out.flush();
        } catch (RuntimeException | Error e) {
            // Picocli hands on exceptions of commands only, not those of its help.
            code = main.failed(e, asked, null);
        }
        return code;
    }

    private CommandLine line(List<Class<?>> commands) {
        commandLine = new CommandLine(this);
        commands.forEach(commandLine::addSubcommand);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        Ranges.register(commandLine);
        commandLine.setOut(new PrintWriter(System.out, true));
        commandLine.setErr(new PrintWriter(System.err, true));
        commandLine.setParameterExceptionHandler((error, given) -> wrongUse(error));
        commandLine.setExecutionStrategy(Main::execute);
        commandLine.setExecutionExceptionHandler(this::failed);
        return commandLine;
    }

    /**
     * What picocli would do, but that options are held to their ranges before, and that help which cannot be printed is an error like
     * others.
     */
    private static int execute(ParseResult parsed) {
        try {
            if (!helps(parsed)) {
                checkRanges(parsed);
            }
            return new CommandLine.RunLast().execute(parsed);
        } catch (InputError | StandardOutput.Closed e) {
            ParseResult last = parsed;
            while (last.hasSubcommand()) {
                last = last.subcommand();
            }
            throw new CommandLine.ExecutionException(last.commandSpec().commandLine(), e.getMessage(), e);
        }
    }

    private static boolean helps(ParseResult parsed) {
        return parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested() || parsed.hasSubcommand() && helps(parsed.subcommand());
    }

    private static void checkRanges(ParseResult parsed) {
        Ranges.check(parsed.commandSpec());
        if (parsed.hasSubcommand()) {
            checkRanges(parsed.subcommand());
        }
    }

    /** The command that the first arguments name, such as {@code sft} or {@code rerank train}. */
    private static CommandLine asked(CommandLine line, List<String> arguments) {
        CommandLine asked = line;
        for (String argument : arguments) {
            CommandLine next = asked.getSubcommands().get(argument);
            if (next == null) {
                break;
            }
            asked = next;
        }
        return asked;
    }

    private static void useRecipe(CommandLine asked, List<String> arguments) {
        if (asked.getCommandSpec().findOption(RecipeOption.OPTION) != null) {
            asked.setDefaultValueProvider(
                    RecipeOption.defaults(asked.getCommandSpec().qualifiedName().replaceFirst("^reft ", ""), arguments));
        }
    }

    /**
     * Judges a command line without running it.
     *
     * @throws InputError in the words that a run would have used
     */
    static void check(List<String> arguments) {
        CommandLine line = new Main().line(COMMANDS), asked = asked(line, arguments);
        useRecipe(asked, arguments);
        try {
            checkRanges(line.parseArgs(arguments.toArray(String[]::new)));
        } catch (ParameterException e) {
            throw new InputError("%s: %s.", asked.getCommandSpec().qualifiedName(), e.getMessage());
        }
        if (asked.getCommand() instanceof Checked checked) {
            checked.check();
        }
    }

    /** {@code reft} alone shows what there is. */
    @Override
    public Integer call() {
        commandLine.usage(System.out);
        return 0;
    }

    private int wrongUse(ParameterException error) {
        String message = error.getMessage();
        if (error instanceof UnmatchedArgumentException unmatched) {
            if (error.getCommandLine() == commandLine && !unmatched.isUnknownOption()) {
                message = "There is no command '" + unmatched.getUnmatched().getFirst() + "'";
            }
            if (!unmatched.getSuggestions().isEmpty()) {
                message += "; did you mean " + String.join(" or ", unmatched.getSuggestions().stream().limit(2).toList()) + "?";
            }
        }
        String name = error.getCommandLine().getCommandSpec().qualifiedName();
        say(name, InputError.printable(message, MESSAGE) + " (see " + name + " --help)");
        return 2;
    }

    private int failed(Throwable error, CommandLine command, ParseResult parsed) {
        String name = command.getCommandSpec().qualifiedName();
        Throwable cause = error;
        while (cause.getCause() != null
                && (cause instanceof UncheckedIOException || cause instanceof ExecutionException || cause instanceof CompletionException)) {
            cause = cause.getCause();
        }
        boolean trace = this.trace || "1".equals(System.getenv("REFT_TRACE"));
        switch (cause) {
            case StandardOutput.Closed closed -> {
                return StandardOutput.Closed.EXIT_CODE;
            }
            case InputError input -> say(name, InputError.printable(input.getMessage(), SENTENCE));
            case Diverged diverged -> {
                say(name, InputError.printable(diverged.getMessage(), SENTENCE));
                return 1;
            }
            case IOException io -> {
                say(name, InputError.printable(sentence(io), SENTENCE));
                if (trace) {
                    io.printStackTrace();
                }
            }
            case OutOfMemoryError memory -> {
                say(name,
                        "The memory ran out (" + memory.getMessage()
                                + "); a smaller batch, or more memory by REFT_JAVA_OPTS=-Xmx…, may help. "
                                + keepTrace(memory, trace));
                return 1;
            }
            default -> {
                say(name, InputError.printable(cause.toString(), SENTENCE) + " " + keepTrace(cause, trace));
                return 1;
            }
        }
        return 2;
    }

    private static void say(String command, String sentence) {
        System.err.println(command + ": " + sentence);
    }

    private static String sentence(IOException error) {
        return switch (error) {
            case NoSuchFileException e -> "There is no file " + e.getFile() + ".";
            case AccessDeniedException e -> "No permission to use " + e.getFile() + ".";
            case FileSystemException e when e.getFile() != null -> "Cannot use " + e.getFile() + ": " + JsonFile.reason(e) + ".";
            case CharacterCodingException e -> "What was to be read or written is no text in UTF-8.";
            default -> "A file cannot be read or written (" + JsonFile.reason(error) + ").";
        };
    }

    /** Prints the stack trace, or else writes it to a file; returns the words that say where it is. */
    private static String keepTrace(Throwable error, boolean print) {
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        if (print) {
            return "\n" + text;
        }
        try {
            Path file = Files.createTempFile("reft-", ".trace");
            Files.writeString(file, text.toString());
            return "(stack trace in " + file + ")";
        } catch (IOException e) {
            return "(--trace shows the stack trace)";
        }
    }

    static final class VersionLine implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"reft " + Version.text()};
        }
    }
}
