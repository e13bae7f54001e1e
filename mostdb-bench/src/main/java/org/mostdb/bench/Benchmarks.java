package org.mostdb.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.mostdb.api.spi.StorageEngineProvider;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * {@code ./mostdb jmh}: runs the benchmarks with JMH's own options, over every storage engine on the class path unless
 * {@code -p engine=…} names some. Without options it is the quick pass that the annotations of the benchmarks describe.
 * {@code --baseline FILE} compares with an earlier run.
 */
final class Benchmarks {

    private static final String BASELINE = "--baseline";

    private Benchmarks() {}

    /**
     * Runs what JMH's options ask for.
     *
     * @param out gets the comparison, after what JMH prints itself
     * @throws InvalidBaselineException before anything was run
     */
    static void run(PrintWriter out, String... args)
            throws IOException, CommandLineOptionException, InvalidBaselineException, RunnerException {
        List<String> forJmh = new ArrayList<>(List.of(args));
        forJmh.replaceAll(argument -> argument.equals("--help") ? "-h" : argument);
        Map<Subject, Score> baseline = takeBaseline(forJmh);
        CommandLineOptions given = new CommandLineOptions(forJmh.toArray(String[]::new));
        if (given.shouldHelp() || given.shouldList() || given.shouldListWithParams()) {
            org.openjdk.jmh.Main.main(forJmh.toArray(String[]::new));
            if (given.shouldHelp()) {
                out.println(
                        "  --baseline <file>           Compare with what '-rf json -rff <file>' left of an earlier run.");
            }
            return;
        }
        ChainedOptionsBuilder options = new OptionsBuilder().parent(given);
        if (!given.getParameter("engine").hasValue()) {
            options.param("engine", engines());
        }
        if (!given.shouldFailOnError().hasValue()) {
            options.shouldFailOnError(true);
        }
        Map<Subject, Score> scores = Scores.of(new Runner(options.build()).run());
        if (!baseline.isEmpty()) {
            ComparisonTable.print(baseline, scores, out);
        }
    }

    /** Takes the option that JMH does not know out of the arguments; without it there are no earlier scores. */
    private static Map<Subject, Score> takeBaseline(List<String> args) throws InvalidBaselineException {
        int at = args.indexOf(BASELINE);
        if (at < 0) {
            return Map.of();
        }
        args.remove(at);
        if (at == args.size()) {
            throw new InvalidBaselineException(BASELINE + " needs the name of a file after it");
        }
        return Scores.read(Path.of(args.remove(at)));
    }

    private static String[] engines() {
        return ServiceLoader.load(StorageEngineProvider.class).stream()
                .map(provider -> provider.get().name())
                .sorted()
                .toArray(String[]::new);
    }
}
