package org.mostdb.load;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./mostdb bench}: puts load on the nodes of a cluster, and tells how fast they answered. */
@Command(
        name = "./mostdb bench",
        sortOptions = false,
        description = {
            "Asks the nodes of a cluster as many clients would, and tells how fast they answered.",
            "Keys are k1, k2 and so on; what they hold is overwritten. Exit code 0 if all was",
            "answered, 1 if there were errors, 2 if an option is wrong. Ctrl-C ends it early, and it",
            "tells what it has measured by then."
        })
public final class LoadCommand implements Callable<Integer> {

    private static final int WITH_ERRORS = 1;
    private static final int WRONG_OPTIONS = 2;
    private static final int MOST_CONNECTIONS = 50_000;
    private static final int MOST_THREADS = 64;
    private static final int MOST_VALUE_BYTES = 64 << 20;
    private static final double HIGHEST_RATE = 10_000_000;
    private static final double HIGHEST_EXPONENT = 10;
    private static final String ZIPF = "zipf";
    private static final String USUAL_EXPONENT = "0.99";

    @Parameters(
            paramLabel = "URL",
            arity = "0..*",
            description = "Of the nodes; connections are spread over them. Default: ${DEFAULT-VALUE}.",
            defaultValue = "http://127.0.0.1:5379")
    private List<String> urls = List.of();

    @Option(names = "--connections", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int connections = 64;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "Of what is measured, such as 10s or 2m. Default: 10s.")
    private @Nullable Duration duration;

    @Option(names = "--requests", paramLabel = "N", description = "Measure so many, instead of a time.")
    private @Nullable Long requests;

    @Option(names = "--warmup", paramLabel = "TIME", description = "Before that, not measured. Default: 5s.")
    private Duration warmup = Duration.ofSeconds(5);

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = {
                "Requests a second, due at fixed times; latency counts from when a request was due.",
                "Default: each connection asks as soon as it was answered."
            })
    private @Nullable Double rate;

    @Option(
            names = "--reads",
            paramLabel = "PERCENT",
            description = "Of the requests; the others are writes. Default: ${DEFAULT-VALUE}.")
    private int reads = 50;

    @Option(names = "--deletes", paramLabel = "PERCENT", description = "Of the requests. Default: ${DEFAULT-VALUE}.")
    private int deletes = 0;

    @Option(names = "--keys", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int keys = 100_000;

    @Option(
            names = "--distribution",
            paramLabel = "NAME",
            description =
                    "Of the keys: uniform, zipf or zipf:EXPONENT (" + USUAL_EXPONENT + "). Default: ${DEFAULT-VALUE}.")
    private String distribution = "uniform";

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            description = "Of letters that do not compress. Default: ${DEFAULT-VALUE}.")
    private int valueSize = 100;

    @Option(names = "--preload", description = "Set each key once before all else.")
    private boolean preload;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "After which a request without an answer has failed. Default: 10s.")
    private Duration timeout = Duration.ofSeconds(10);

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Of this tool. One is enough for a machine it shares. Default: ${DEFAULT-VALUE}.")
    private int threads = 1;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            defaultValue = "${env:MOSTDB_API_KEY_VALUE:-}",
            description = "If the nodes ask for one. Default: MOSTDB_API_KEY_VALUE.")
    private String apiKey = "";

    @Option(
            names = "--api-key-name",
            paramLabel = "HEADER",
            defaultValue = "${env:MOSTDB_API_KEY_NAME:-X-MOSTDB-AUTH}",
            description = "Which carries it. Default: MOSTDB_API_KEY_NAME, or X-MOSTDB-AUTH.")
    private String apiKeyName = "";

    @Option(
            names = "--context-path",
            paramLabel = "PATH",
            description = "For URLs without a path. Default: ${DEFAULT-VALUE}.")
    private String contextPath = "/mostdb";

    @Option(names = "--seed", paramLabel = "N", description = "What chance is drawn from. Default: another each time.")
    private long seed = ThreadLocalRandom.current().nextInt(1_000_000);

    @Option(names = "--json", description = "Write one JSON object instead of the table.")
    private boolean json;

    @Option(names = "--progress", description = "Show how it goes, which the launcher asks for on a terminal.")
    private boolean showsProgress;

    @SuppressWarnings("unused") // the parser acts on it
    @Option(
            names = {"--help", "-h"},
            usageHelp = true,
            description = "Show this.")
    private boolean help;

    private final PrintWriter out;
    private final PrintWriter errors;

    private LoadCommand(PrintWriter out, PrintWriter errors) {
        this.out = out;
        this.errors = errors;
    }

    /** Runs with the arguments of the command line, and returns the exit code. */
    public static int run(PrintWriter out, PrintWriter errors, String... arguments) {
        return new CommandLine(new LoadCommand(out, errors))
                .setOut(out)
                .setErr(errors)
                .registerConverter(Duration.class, new Times())
                .setParameterExceptionHandler((wrong, unused) -> refused(errors, String.valueOf(wrong.getMessage())))
                .execute(arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LoadPlan plan;
        try {
            plan = plan();
        } catch (IllegalArgumentException e) {
            return refused(errors, String.valueOf(e.getMessage()));
        }
        try {
            FirstContact.with(plan).forEach(sentence -> errors.println("mostdb: " + sentence));
        } catch (FirstContact.FailedException e) {
            errors.println("mostdb: " + e.getMessage());
            return WITH_ERRORS;
        }
        try (StopSignal stop = new StopSignal()) {
            LoadResult result =
                    LoadRun.of(plan, showsProgress && !json ? new ProgressLine(errors) : Progress.NONE, stop);
            return tell(result, stop.getAsBoolean());
        }
    }

    private int tell(LoadResult result, boolean isStopped) {
        if (isStopped && result.measured().tally().total().answered() == 0) {
            errors.println("mostdb: stopped before anything was measured");
            return WITH_ERRORS;
        }
        if (isStopped) {
            errors.println("mostdb: stopped before the planned end; this is what was measured by then:");
        }
        if (json) {
            out.println(JsonReport.of(result));
        } else {
            new TableReport(out).print(result);
        }
        return result.isWithoutErrors() ? 0 : WITH_ERRORS;
    }

    private LoadPlan plan() {
        check(duration == null || requests == null, "--duration and --requests exclude each other: give one of them");
        check(
                connections >= 1 && connections <= MOST_CONNECTIONS,
                "--connections must be from 1 to " + MOST_CONNECTIONS);
        check(
                threads >= 1 && threads <= Math.min(connections, MOST_THREADS),
                "--threads must be from 1 to " + MOST_THREADS + ", and not more than there are connections");
        check(duration == null || duration.isPositive(), "--duration must be more than 0s");
        check(timeout.isPositive(), "--timeout must be more than 0s");
        check(requests == null || requests >= 1, "--requests must be at least 1");
        check(
                reads >= 0 && deletes >= 0 && reads + deletes <= 100,
                "--reads and --deletes must be percents, 100 together at most");
        check(keys >= 1 && keys <= KeyDistribution.MAX_COUNT, "--keys must be from 1 to " + KeyDistribution.MAX_COUNT);
        check(valueSize >= 0 && valueSize <= MOST_VALUE_BYTES, "--value-size must be from 0 to " + MOST_VALUE_BYTES);
        check(
                rate == null || (rate > 0 && rate <= HIGHEST_RATE),
                "--rate must be above 0, and at most " + (long) HIGHEST_RATE);
        check(contextPath.isEmpty() || contextPath.startsWith("/"), "--context-path must begin with /");
        return new LoadPlan(
                urls.stream().map(url -> Target.of(url, contextPath)).toList(),
                connections,
                threads,
                duration == null ? Duration.ofSeconds(10) : duration,
                requests == null ? OptionalLong.empty() : OptionalLong.of(requests),
                warmup,
                reads,
                deletes,
                new KeyDistribution(keys, exponent()),
                valueSize,
                rate == null ? OptionalDouble.empty() : OptionalDouble.of(rate),
                timeout,
                apiKey.isEmpty() ? Optional.empty() : Optional.of(new Header(apiKeyName, apiKey)),
                seed,
                preload);
    }

    private double exponent() {
        if (distribution.equals("uniform")) {
            return 0;
        }
        String text = distribution.equals(ZIPF) ? USUAL_EXPONENT : distribution.replaceFirst("^" + ZIPF + ":", "");
        try {
            double exponent = Double.parseDouble(text);
            if (exponent > 0 && exponent <= HIGHEST_EXPONENT && distribution.startsWith(ZIPF)) {
                return exponent;
            }
        } catch (NumberFormatException e) {
            // As any other word that is no distribution.
        }
        throw new IllegalArgumentException(
                "--distribution " + distribution + ": it must be uniform, zipf or zipf:EXPONENT"
                        + " with an exponent above 0, and at most " + (int) HIGHEST_EXPONENT);
    }

    private static void check(boolean isFit, String sentence) {
        if (!isFit) {
            throw new IllegalArgumentException(sentence);
        }
    }

    private static int refused(PrintWriter errors, String sentence) {
        errors.println("mostdb: " + sentence + " (--help shows all options)");
        return WRONG_OPTIONS;
    }
}
