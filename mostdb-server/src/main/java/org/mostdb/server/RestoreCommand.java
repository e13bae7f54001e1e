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

/** {@code mostdb restore}. */
@Command(
        name = "restore",
        description = {
            "Makes a new cluster from backups.",
            "Run it on one machine, with the settings of its node and that node stopped. It verifies all checksums, and"
                    + " says what it found and what may be missing, before it changes anything. The store of before is"
                    + " set aside."
        })
final class RestoreCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description = "What ./mostdb backup has made. Several of one cluster are merged key by key.")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--check", description = "Only verify the files; needs no settings and changes nothing.")
    private boolean check;

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

    RestoreCommand(Map<String, String> environment, PrintWriter out, PrintWriter errors) {
        this.environment = environment;
        this.out = out;
        this.errors = errors;
    }

    @Override
    public Integer call() {
        if (check) {
            Restore.verify(files, out, errors);
            return 0;
        }
        try (Restore restore = new Restore(Commands.settings(environment), environment)) {
            NewCluster.Outcome outcome = restore.run(files, out, errors, () -> Commands.answer(yes, errors));
            return outcome == NewCluster.Outcome.DONE ? 0 : Commands.REFUSED;
        }
    }
}
