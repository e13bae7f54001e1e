package org.mostdb.bench;

import java.io.IOException;
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
 */
final class Benchmarks {

    private Benchmarks() {}

    static void run(String... args) throws IOException, CommandLineOptionException, RunnerException {
        CommandLineOptions given = new CommandLineOptions(args);
        if (given.shouldHelp() || given.shouldList() || given.shouldListWithParams()) {
            org.openjdk.jmh.Main.main(args);
            return;
        }
        ChainedOptionsBuilder options = new OptionsBuilder().parent(given);
        if (!given.getParameter("engine").hasValue()) {
            options.param("engine", engines());
        }
        if (!given.shouldFailOnError().hasValue()) {
            options.shouldFailOnError(true);
        }
        new Runner(options.build()).run();
    }

    private static String[] engines() {
        return ServiceLoader.load(StorageEngineProvider.class).stream()
                .map(provider -> provider.get().name())
                .sorted()
                .toArray(String[]::new);
    }
}
