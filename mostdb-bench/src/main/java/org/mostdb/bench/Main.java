package org.mostdb.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.mostdb.load.LoadCommand;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/** What measures: {@code load} puts load on running nodes, {@code jmh} runs the benchmarks of single parts. */
final class Main {

    private static final int WRONG_ARGUMENTS = 2;

    private Main() {}

    public static void main(String[] args) throws IOException, RunnerException {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter errors = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        String command = args.length == 0 ? "" : args[0];
        String[] rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        switch (command) {
            case "load" -> System.exit(LoadCommand.run(out, errors, rest));
            case "jmh" -> {
                try {
                    Benchmarks.run(out, rest);
                } catch (CommandLineOptionException | InvalidBaselineException | NoBenchmarksException e) {
                    errors.println("mostdb: " + sentence(e) + " (-h shows all options, -l all benchmarks)");
                    System.exit(WRONG_ARGUMENTS);
                }
            }
            default -> {
                errors.println("mostdb: the first argument must be load or jmh");
                System.exit(WRONG_ARGUMENTS);
            }
        }
    }

    private static String sentence(Exception e) {
        return e instanceof NoBenchmarksException ? "no benchmark is called so" : String.valueOf(e.getMessage());
    }
}
