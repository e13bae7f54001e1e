package org.mostdb.server;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mostdb reform}. */
@Command(
        name = "reform",
        description = {
            "Makes a new cluster from what is left of one that lost the stores of a majority of its members.",
            "Run it on one machine, with the settings of its node and all nodes stopped. It says what it found and"
                    + " what may be lost before it changes anything."
        })
final class ReformCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "STORE",
            arity = "0..*",
            description = "A further data folder, or a store that was set aside, of a member of the same cluster."
                    + " The store in MOSTDB_STORE_ROOT is always taken.")
    private List<Path> stores = new ArrayList<>();

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @SuppressWarnings("unused") // the parser acts on it
    @Option(
            names = {"--help", "-h"},
            usageHelp = true,
            description = "Show this.")
    private boolean help;

    private final Map<String, String> environment;
    private final PrintWriter out;
    private final PrintWriter errors;

    ReformCommand(Map<String, String> environment, PrintWriter out, PrintWriter errors) {
        this.environment = environment;
        this.out = out;
        this.errors = errors;
    }

    @Override
    public Integer call() {
        try (Reform reform = new Reform(Commands.settings(environment), environment)) {
            NewCluster.Outcome outcome = reform.run(stores, out, () -> Commands.answer(yes, errors));
            return outcome == NewCluster.Outcome.DONE ? 0 : Commands.REFUSED;
        }
    }
}
