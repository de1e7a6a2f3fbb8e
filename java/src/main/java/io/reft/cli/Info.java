package io.reft.cli;

import io.reft.Version;
import io.reft.kernels.Engine;
import io.reft.kernels.NativeLibraries;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code reft info}: what the program runs on. */
@Command(name = "info", description = "Shows the device, instruction set, threads, libraries and versions.", footer = "  reft info")
final class Info implements Callable<Integer> {
    @Mixin
    private EngineOptions engine;

    @Override
    public Integer call() {
        row("reft", Version.text());
        row("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        row("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"));
        try (Engine on = engine.open()) {
            row("device", on.kernels().describe());
            row("products", on.matmul().describe());
            row("memory", (on.device().freeBytes() >> 20) + " MiB free");
        }
        for (String library : new String[] {"libreft_cpu.so", "libdnnl.so.3", "libgomp.so.1"}) {
            row(library, NativeLibraries.find(library).toString());
        }
        return 0;
    }

    private static void row(String name, String value) {
        System.out.printf("%-16s %s%n", name, value);
    }
}
