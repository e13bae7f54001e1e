package org.mostdb.quorum;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.mostdb.testkit.Coverage;
import org.mostdb.testkit.HistoryLines;
import org.mostdb.testkit.SimulatedHost;
import org.mostdb.testkit.SimulatedRun;

/**
 * Runs as many seeds as wished, and stops at the first that fails, with the command that replays exactly it. Options:
 * {@code --from} the first seed, {@code --seeds} how many, {@code --seconds} for how long at most, {@code --threads}.
 */
final class QuorumCampaign {

    private static final long COVERED_AFTER_SEEDS = 1000;
    private static final long PROGRESS_NANOS = 5_000_000_000L;

    private QuorumCampaign() {}

    /** One run of the shipping protocol. */
    static SimulatedRun.Result run(long seed) {
        return run(seed, QuorumNode::new);
    }

    /** Starts a node of a run. */
    interface Start {
        QuorumNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage);
    }

    /** One run of it or a variant. */
    static SimulatedRun.Result run(long seed, Start start) {
        QuorumCoverage coverage = new QuorumCoverage();
        SimulatedRun.Result result = SimulatedRun.of(seed, (host, settings) -> start.start(host, settings, coverage));
        return result.orViolation(coverage.claims().violation()).orViolation(coverage.wronglyReplaced());
    }

    /** The command line that replays a seed. */
    static String replay(long seed) {
        return "mvn -q test -Psimulate -pl mostdb-quorum -am -DskipTests -Dsimulate=\"--from " + seed + " --seeds 1\"";
    }

    public static void main(String[] args) throws InterruptedException {
        Options options = Options.of(List.of(args));
        System.exit(new Campaign(options, System.out).run() ? 0 : 1);
    }

    /** What the command line asks for. */
    record Options(long from, long seeds, long seconds, int threads) {

        static Options of(List<String> args) {
            long from = 1;
            long seeds = Long.MAX_VALUE;
            long seconds = Long.MAX_VALUE / 2_000_000_000L;
            int threads = Runtime.getRuntime().availableProcessors();
            if (args.size() % 2 != 0) {
                throw new IllegalArgumentException("each option needs a number: " + args);
            }
            for (int i = 0; i < args.size(); i += 2) {
                long value = Long.parseLong(args.get(i + 1));
                switch (args.get(i)) {
                    case "--from" -> from = value;
                    case "--seeds" -> seeds = value;
                    case "--seconds" -> seconds = value;
                    case "--threads" -> threads = (int) value;
                    default ->
                        throw new IllegalArgumentException(
                                args.get(i) + " is none of --from, --seeds, --seconds, --threads");
                }
            }
            return new Options(from, seeds, seconds, threads);
        }
    }

    private static final class Campaign {

        private final Options options;
        private final PrintStream out;
        private final long startNanos = System.nanoTime();
        private final AtomicLong next;
        private final Coverage coverage = new Coverage();
        private final List<SimulatedRun.Result> found = new ArrayList<>();
        private long done;
        private long nextProgressNanos = startNanos + PROGRESS_NANOS;

        private Campaign(Options options, PrintStream out) {
            this.options = options;
            this.out = out;
            next = new AtomicLong(options.from());
        }

        private boolean run() throws InterruptedException {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < options.threads(); i++) {
                threads.add(Thread.ofPlatform().name("seeds-" + i).start(this::work));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            progress();
            out.print(coverage);
            found.forEach(this::tell);
            List<String> missing = done < COVERED_AFTER_SEEDS ? List.of() : coverage.missing(QuorumCoverage.WANTED);
            missing.forEach(what -> out.println("NEVER HAPPENED, so it was not tested: " + what));
            return found.isEmpty() && missing.isEmpty();
        }

        private void work() {
            while (true) {
                long seed = next.getAndIncrement();
                boolean isOver = seed - options.from() >= options.seeds()
                        || System.nanoTime() - startNanos > options.seconds() * 1_000_000_000L;
                if (isOver || isFound()) {
                    return;
                }
                took(QuorumCampaign.run(seed));
            }
        }

        private synchronized boolean isFound() {
            return !found.isEmpty();
        }

        private synchronized void took(SimulatedRun.Result result) {
            done++;
            coverage.add(result.coverage());
            if (result.violation().isPresent()) {
                found.add(result);
            }
            if (System.nanoTime() > nextProgressNanos) {
                nextProgressNanos += PROGRESS_NANOS;
                progress();
            }
        }

        private synchronized void progress() {
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            out.printf("%,d seeds done, %,.0f per second, %d found%n", done, done / seconds, found.size());
        }

        private void tell(SimulatedRun.Result result) {
            Path file = Path.of("target", "history-" + result.seed() + ".jsonl");
            try {
                Files.createDirectories(file.toAbsolutePath().getParent());
                Files.write(file, HistoryLines.write(result.history()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            out.printf(
                    "seed %d (%d nodes) FAILED: %s%nits history: %s%nreplay it: %s%n",
                    result.seed(), result.nodes(), result.violation().orElseThrow(), file, replay(result.seed()));
        }
    }
}
