package io.reft.python;

import io.reft.python.compiler.Compiler;
import io.reft.python.library.StandardLibrary;
import io.reft.python.runtime.Budget;
import io.reft.python.runtime.Frame;
import io.reft.python.runtime.Machine;
import io.reft.python.runtime.PyType;
import io.reft.python.runtime.Raised;
import io.reft.python.runtime.Repr;
import io.reft.python.runtime.Stop;
import io.reft.python.syntax.Parser;

/**
 * Runs the Python programs that language models write to solve math word problems, inside the JVM and without anything that a
 * program could do harm with: no host object, no reflection, no import of files, no input or output ({@code print} drops its
 * text). The values and messages are CPython 3.11's, to the last digit; what is not certain to be the same is refused as
 * {@link Outcome.Kind#UNSUPPORTED}. Every instruction, call and allocation is charged to a budget that no {@code except}
 * can catch, and nothing is ever thrown.
 *
 * <p>Text becomes tokens and a syntax tree ({@code syntax}), instructions ({@code compiler}), and those run in a machine
 * ({@code runtime}) with Python's library ({@code library}). Left out: classes, with, async, complex, bytes, attribute access by
 * name, and most modules.
 */
public final class PythonInterpreter {
    /** How the name of an outcome begins that should not have been. */
    static final String FAULT = "fault: ";

    private PythonInterpreter() {}

    /** Runs {@code solution()} of a program within {@link Limits#DEFAULT}. */
    public static Outcome run(String source) {
        return run(source, "solution", Limits.DEFAULT);
    }

    /**
     * Executes a program's top level, calls one of its functions without arguments, and says what that returned. Any
     * thread may call this at any time; runs share nothing.
     *
     * @param source   the program
     * @param function the name of the function to call
     * @param limits   what the run may spend
     */
    public static Outcome run(String source, String function, Limits limits) {
        Machine m = new Machine(new Budget(limits.steps(), limits.bytes(), limits.depth(), limits.intBits()), new StandardLibrary());
        try {
            if (source.length() > limits.sourceChars()) {
                throw Stop.limit("length of the source");
            }
            m.run(new Frame(Compiler.program(Parser.parse(source))));
            Object value = m.globals.get(function);
            Object result = m.call(value != null ? value : m.library.builtin(function));
            return Outcome.ok(PyType.of(result).name, Repr.repr(m, result));
        } catch (Raised raised) {
            return failed(m, raised);
        } catch (Stop stop) {
            return new Outcome(stop.kind == Stop.Kind.LIMIT ? Outcome.Kind.LIMIT : Outcome.Kind.UNSUPPORTED, null, null, stop.getMessage());
        } catch (StackOverflowError e) {
            // the limits keep within half a megabyte of stack; this is for callers who have used up most of theirs
            return new Outcome(Outcome.Kind.LIMIT, null, null, "depth");
        } catch (RuntimeException e) {
            // a fault of this interpreter: no program may take its caller down, and tests look for the word
            return new Outcome(Outcome.Kind.UNSUPPORTED, null, null, FAULT + e);
        }
    }

    private static Outcome failed(Machine m, Raised raised) {
        String type = raised.value.type.name;
        try {
            String message = raised.value.message(m);
            return new Outcome(Outcome.Kind.ERROR, null, null, message.isEmpty() ? type : type + ": " + message);
        } catch (Raised | Stop e) {
            // the message cannot be shown, within the budget or at all
            return new Outcome(Outcome.Kind.ERROR, null, null, type);
        }
    }
}
