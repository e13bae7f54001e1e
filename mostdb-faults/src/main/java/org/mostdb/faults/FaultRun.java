package org.mostdb.faults;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.mostdb.testkit.LinearizabilityChecker.Violation;

/**
 * One cluster under faults and load, round after round: faults overlap for a while, then all are healed, all members
 * have to vote again and to hold the same, and what the clients of the round have seen is judged.
 */
final class FaultRun {

    static final int PASSED = 0;
    static final int FAILED = 1;

    private static final Duration PATIENCE_AT_END = Duration.ofSeconds(20);

    private final RunOptions options;
    private final PrintWriter out;

    FaultRun(RunOptions options, PrintWriter out) {
        this.options = options;
        this.out = out;
    }

    /** Runs to the end, or to the first failure; returns the exit code. */
    int run() throws IOException {
        Path folder = Files.createTempDirectory("mostdb-faults-");
        Thread running = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        Thread ending = new Thread(() -> end(running, ended), "mostdb-faults-end");
        Runtime.getRuntime().addShutdownHook(ending);
        try (Site site = new Site(folder, options)) {
            return run(site);
        } finally {
            Folders.delete(folder);
            ended.countDown();
            removeHook(ending);
        }
    }

    /** Lets the run end what it has started, when the process is told to end. */
    private static void end(Thread running, CountDownLatch ended) {
        running.interrupt();
        try {
            if (!ended.await(PATIENCE_AT_END.toSeconds(), TimeUnit.SECONDS)) {
                System.getLogger(FaultRun.class.getName())
                        .log(System.Logger.Level.WARNING, "the run does not end: look for what it has left running");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            System.getLogger(FaultRun.class.getName())
                    .log(System.Logger.Level.DEBUG, "the process ends, so the hook runs");
        }
    }

    private int run(Site site) {
        out.println("faults " + options.arguments());
        if (!site.hasDisks() && options.kinds().stream().anyMatch(FaultKind::needsDisks)) {
            out.println("left out, because file systems can't be mounted here: full-disk, read-only");
        }
        out.flush();
        CheckedLoad load = site.startLoad();
        RunLog log = new RunLog(out, load.counts());
        Tormentor tormentor = new Tormentor(site, log);
        @Nullable Throwable failure = null;
        try {
            site.cluster().start().awaitReady();
            log.begin();
            while (log.elapsed().compareTo(options.duration()) < 0) {
                log.beginRound();
                tormentor.torment(min(options.round(), options.duration().minus(log.elapsed())));
                boolean isLast = log.elapsed().compareTo(options.duration()) >= 0;
                judge(site, load, isLast);
            }
            if (tormentor.counts().isEmpty()) {
                throw new AssertionError("no fault could be thrown in this time: give more --duration");
            }
        } catch (AssertionError | RuntimeException | IOException | InterruptedException e) {
            if (Thread.interrupted() || e instanceof InterruptedException) {
                log.tell("ended from outside");
                return FAILED;
            }
            failure = e;
        }
        RunReport report = new RunReport(options, site, load, log, tormentor.counts(), Optional.ofNullable(failure));
        log.tell(report.text());
        if (failure != null || report.hasStackTraces()) {
            log.tell(report.keep());
        }
        return failure == null ? PASSED : FAILED;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static void judge(Site site, CheckedLoad load, boolean all) throws IOException, InterruptedException {
        site.awaitAllVote();
        load.pause();
        try {
            Set<String> notEverywhere = Convergence.await(site);
            Optional<Violation> violation = load.endRound(all);
            if (violation.isPresent()) {
                throw new ViolationFoundError(violation.get());
            }
            notEverywhere.retainAll(load.presentKeys());
            if (!notEverywhere.isEmpty()) {
                throw new AssertionError("not every member holds these keys, though none is behind: " + notEverywhere);
            }
            site.tidy();
        } finally {
            load.resume();
        }
    }

    /** What no cluster may show its clients. */
    static final class ViolationFoundError extends AssertionError {

        private static final long serialVersionUID = 1L;

        ViolationFoundError(Violation violation) {
            super(violation.toString());
        }
    }
}
