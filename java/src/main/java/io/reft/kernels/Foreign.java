package io.reft.kernels;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** A native library and its functions as method handles. Libraries stay loaded until the JVM ends. */
final class Foreign {
    private static final Linker LINKER = Linker.nativeLinker();
    private final String library;
    private final SymbolLookup symbols;

    /** @param library file name of a library that came with the program */
    Foreign(String library) {
        this.library = library;
        symbols = NativeLibraries.open(library);
    }

    /**
     * The function {@code name}, returning {@code int}. Its parameters, one letter each: {@code p} an address (as a
     * long: a pointer and a 64-bit integer travel alike on the platforms we run on), {@code l} an int64_t, {@code i} an
     * int32_t, {@code f} a float, {@code c} a char.
     */
    MethodHandle function(String name, String parameters) {
        return handle(name, ValueLayout.JAVA_INT, parameters);
    }

    /** The function {@code name}, returning {@code int64_t}; parameters as in {@link #function}. */
    MethodHandle count(String name, String parameters) {
        return handle(name, ValueLayout.JAVA_LONG, parameters);
    }

    /** The function {@code name}, returning a C string. */
    MethodHandle text(String name) {
        return handle(name, ValueLayout.ADDRESS.withTargetLayout(
                MemoryLayout.sequenceLayout(Long.MAX_VALUE, ValueLayout.JAVA_BYTE)), "");
    }

    /** Calls a function made by {@link #text}. */
    static String string(MethodHandle text) {
        try {
            return ((MemorySegment) text.invokeExact()).getString(0);
        } catch (Throwable t) {
            throw new KernelError("a foreign call failed", t);
        }
    }

    private MethodHandle handle(String name, MemoryLayout result, String parameters) {
        MemoryLayout[] layouts = parameters.chars().mapToObj(Foreign::layout).toArray(MemoryLayout[]::new);
        MemorySegment symbol = symbols.find(name).orElseThrow(() -> new KernelError(library + " has no function " + name));
        return LINKER.downcallHandle(symbol, FunctionDescriptor.of(result, layouts));
    }

    private static MemoryLayout layout(int letter) {
        return switch (letter) {
            case 'p', 'l' -> ValueLayout.JAVA_LONG;
            case 'i' -> ValueLayout.JAVA_INT;
            case 'f' -> ValueLayout.JAVA_FLOAT;
            case 'c' -> ValueLayout.JAVA_BYTE;
            default -> throw new IllegalArgumentException("no layout for '" + (char) letter + "'");
        };
    }
}
