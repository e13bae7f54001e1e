package org.mostdb.server;

import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.UnsupportedByPolicyException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.UnmatchedArgumentException;

/** All that the command line can ask for but the server itself: that one is started without a word of this. */
@Command(name = "mostdb")
final class Commands implements Callable<Integer> {

    private static final int REFUSED = 2;

    @Option(names = "--help", description = "Show the settings.")
    private boolean help;

    @Option(names = "--version", description = "Show the version.")
    private boolean version;

    private final PrintWriter out;

    private Commands(PrintWriter out) {
        this.out = out;
    }

    /** Does what the arguments ask for; returns the exit code. */
    static int run(List<String> arguments, Map<String, String> environment, PrintWriter out, PrintWriter errors) {
        CommandLine line = new CommandLine(new Commands(out))
                .addSubcommand(new ReformCommand(environment, out, errors))
                .setOut(out)
                .setErr(errors)
                .setParameterExceptionHandler((wrong, unused) -> {
                    errors.println(sentence(wrong));
                    return REFUSED;
                })
                .setExecutionExceptionHandler((e, unused, alsoUnused) -> {
                    errors.println("mostdb: " + e.getMessage());
                    boolean isRefusal = e instanceof StartRefusedException
                            || e instanceof InvalidRequestException
                            || e instanceof UnsupportedByPolicyException;
                    if (!isRefusal && !(e instanceof MostDbException)) {
                        throw e;
                    }
                    return isRefusal ? REFUSED : 1;
                });
        int exitCode = line.execute(arguments.toArray(String[]::new));
        out.flush();
        errors.flush();
        return exitCode;
    }

    private static String sentence(ParameterException wrong) {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            return "mostdb does not know " + String.join(" ", unmatched.getUnmatched())
                    + ": it knows reform, --help and --version, and is configured by environment variables.";
        }
        return "mostdb: " + wrong.getMessage();
    }

    @Override
    public Integer call() {
        out.println(version && !help ? "mostdb " + ProductVersion.text() : Help.text());
        return 0;
    }

    @Command(
            name = "reform",
            description = {
                "Makes a new cluster from what is left of one that lost the stores of a majority of its members.",
                "Run it on one machine, with the settings of its node and all nodes stopped. It says what it found and"
                        + " what may be lost before it changes anything."
            })
    private static final class ReformCommand implements Callable<Integer> {

        @Parameters(
                paramLabel = "STORE",
                arity = "0..*",
                description = "A further data folder, or a store that was set aside, of a member of the same cluster."
                        + " The store in MOSTDB_STORE_ROOT is always taken.")
        private List<Path> stores = new ArrayList<>();

        @Option(names = "--yes", description = "Do not ask.")
        private boolean yes;

        @SuppressWarnings("unused") // the parser acts on it
        @Option(names = "--help", usageHelp = true, description = "Show this.")
        private boolean help;

        private final Map<String, String> environment;
        private final PrintWriter out;
        private final PrintWriter errors;

        private ReformCommand(Map<String, String> environment, PrintWriter out, PrintWriter errors) {
            this.environment = environment;
            this.out = out;
            this.errors = errors;
        }

        @Override
        public Integer call() {
            Settings settings = Settings.of(environment);
            NodeLog.setUp(settings.logLevel() == LogLevel.DEBUG ? LogLevel.DEBUG : LogLevel.WARN);
            try (Reform reform = new Reform(settings, environment)) {
                return reform.run(stores, out, this::answer) == Reform.Outcome.DONE ? 0 : REFUSED;
            }
        }

        @SuppressWarnings("SystemConsoleNull") // it is null again where JDK 25 finds no terminal
        private String answer() {
            if (yes) {
                return "yes";
            }
            Console console = System.console();
            if (console == null || !console.isTerminal()) {
                errors.println("mostdb: there is no terminal to ask on: give --yes to go on.");
                return "";
            }
            String typed = console.readLine("Type yes to go on: ");
            return typed == null ? "" : typed;
        }
    }
}
