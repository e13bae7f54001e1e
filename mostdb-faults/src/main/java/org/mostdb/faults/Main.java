package org.mostdb.faults;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code ./mostdb faults}: throws faults at a real cluster, and checks what its clients see. */
@Command(
        name = "./mostdb faults",
        sortOptions = false,
        description = {
            "Starts a cluster on this machine, throws faults at it while clients write and read,",
            "and checks that what they saw is linearizable. Exit code 0 if it was, else 1."
        })
public final class Main implements Callable<Integer> {

    private static final int WRONG_ARGUMENTS = 2;
    private static final int MOST_NODES = 9;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "Such as 90s, 30m or 2h, at least one round. Default: 1m.")
    private Duration duration = Duration.ofMinutes(1);

    @Option(names = "--nodes", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int nodes = 3;

    @Option(
            names = "--clients",
            paramLabel = "N",
            description = "At least one for each node. Default: ${DEFAULT-VALUE}.")
    private int clients = 8;

    @Option(names = "--keys", paramLabel = "N", description = "Written at a time. Default: ${DEFAULT-VALUE}.")
    private int keys = 20;

    @Option(names = "--seed", paramLabel = "N", description = "What chance is drawn from. Default: another each time.")
    private long seed = ThreadLocalRandom.current().nextInt(1_000_000);

    @Option(
            names = "--faults",
            paramLabel = "KIND",
            split = ",",
            description = "Any of ${COMPLETION-CANDIDATES}. Default: all.",
            completionCandidates = Words.class)
    private List<String> faults = new Words().all();

    @Option(
            names = "--round",
            paramLabel = "TIME",
            description = "After which all is healed and judged; the last one is not cut short. Default: 30s.")
    private Duration round = Duration.ofSeconds(30);

    @Option(names = "--longest-pause", paramLabel = "TIME", description = "Of a frozen node. Default: 70s.")
    private Duration longestPause = Duration.ofSeconds(70);

    @Option(names = "--engine", paramLabel = "NAME", description = "Of the nodes' stores. Default: ${DEFAULT-VALUE}.")
    private String engine = "leveldbjni";

    @Option(
            names = "--server-jar",
            paramLabel = "FILE",
            description = "What the nodes run. Default: the one built beside this.")
    private Path serverJar = beside("mostdb-server", "target", "mostdb-server.jar");

    @Option(
            names = "--keep",
            paramLabel = "FOLDER",
            description = "For what is left of a failure. Default: in mostdb-faults/target.")
    private Path keep = beside("mostdb-faults", "target", "failed-" + System.currentTimeMillis());

    @SuppressWarnings("unused") // the parser acts on it
    @Option(
            names = {"--help", "-h"},
            usageHelp = true,
            description = "Show this.")
    private boolean help;

    private final PrintWriter out;

    private Main(PrintWriter out) {
        this.out = out;
    }

    /** Runs with the arguments of the command line. */
    public static void main(String[] arguments) {
        System.exit(run(new PrintWriter(System.out, true, System.out.charset()), arguments));
    }

    /** The same, and returns the exit code. */
    public static int run(PrintWriter out, String... arguments) {
        return new CommandLine(new Main(out))
                .setOut(out)
                .setErr(out)
                .registerConverter(Duration.class, new Times())
                .setParameterExceptionHandler((wrong, unused) -> {
                    out.println("mostdb: " + wrong.getMessage() + " (--help shows all options)");
                    return WRONG_ARGUMENTS;
                })
                .execute(arguments);
    }

    @Override
    public Integer call() throws IOException {
        List<FaultKind> kinds = new ArrayList<>();
        for (String word : faults) {
            FaultKind.of(word).ifPresent(kinds::add);
        }
        if (kinds.size() < faults.size()) {
            return refused(
                    "--faults " + String.join(",", faults) + ": there are " + String.join(",", new Words().all()));
        }
        if (nodes < 2 || nodes > MOST_NODES || keys < 1 || clients < 1) {
            return refused("--nodes must be from 2 to " + MOST_NODES + ", --keys and --clients at least 1");
        }
        if (!Files.isRegularFile(serverJar)) {
            return refused("there is no " + serverJar + ": build it with './mostdb build'");
        }
        RunOptions options = new RunOptions(
                duration, nodes, clients, keys, seed, kinds, round, longestPause, engine, serverJar, keep);
        return new FaultRun(options, out).run();
    }

    private int refused(String sentence) {
        out.println("mostdb: " + sentence + " (--help shows all options)");
        return WRONG_ARGUMENTS;
    }

    /** A file of the tree in which this class was built. */
    private static Path beside(String module, String... rest) {
        try {
            Path here = Path.of(Main.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return here.resolve("../../..").normalize().resolve(Path.of(module, rest));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The faults that have to be survived. */
    private static final class Words extends ArrayList<String> {

        private static final long serialVersionUID = 1L;

        private Words() {
            addAll(all());
        }

        private List<String> all() {
            return FaultKind.promised().stream().map(FaultKind::word).toList();
        }
    }

    /** A number with its unit. */
    private static final class Times implements ITypeConverter<Duration> {

        @Override
        public Duration convert(String text) {
            try {
                return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
            } catch (DateTimeParseException e) {
                throw new TypeConversionException("'" + text + "' is no time: write 90s, 30m or 2h");
            }
        }
    }
}
