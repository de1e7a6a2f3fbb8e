package io.reft.cli;

/** The command {@code reft}. */
public final class Main {
    private Main() {}

    /** @param arguments the command line */
    public static void main(String[] arguments) {
        System.out.println("reft " + String.join(" ", arguments));
    }
}
