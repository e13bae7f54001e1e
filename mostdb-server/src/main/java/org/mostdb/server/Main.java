package org.mostdb.server;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.MostDbException;

/**
 * The process: {@code java -jar mostdb-server.jar}. Ends with 0 after SIGTERM or SIGINT, 2 if the configuration is
 * wrong, 1 after any other failure.
 */
public final class Main {

    private static final int STOPPED = 0;
    private static final int FAILED = 1;
    private static final int WRONG_CONFIGURATION = 2;

    private static final String LOG_MANAGER_PROPERTY = "java.util.logging.manager";

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);

    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger exitCode = new AtomicInteger(STOPPED);
    private final CountDownLatch startOver = new CountDownLatch(1);

    /** Held while the node ends, and while it is replaced by its next life. */
    private final Object lifeLock = new Object();

    private volatile @Nullable Node node;
    private boolean stopping;

    /** The process is about to end. */
    private volatile boolean ending;

    private Main() {}

    /** Starts a node with the settings of the environment; with arguments, does what {@link Commands} has. */
    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        if (!given.isEmpty()) {
            System.exit(Commands.run(
                    given,
                    System.getenv(),
                    new PrintWriter(System.out, true, System.out.charset()),
                    new PrintWriter(System.err, true, System.err.charset())));
        } else {
            start(System.getenv());
        }
    }

    /** Starts the node that this process is there for; returns once it serves, and ends the process if it cannot. */
    static void start(Map<String, String> environment) {
        System.setProperty(LOG_MANAGER_PROPERTY, KeepingLogManager.class.getName());
        new Main().run(environment);
    }

    private void run(Map<String, String> environment) {
        try {
            Settings settings = Settings.of(environment);
            NodeLog.setUp(settings.logLevel());
            NodeLog.keepToTheEnd();
            Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "mostdb-stop"));
            startNode(settings, environment);
            startOver.countDown();
        } catch (StartRefusedException | InvalidRequestException e) {
            startOver.countDown();
            refused(e, WRONG_CONFIGURATION);
        } catch (MostDbException e) {
            startOver.countDown();
            refused(e, FAILED);
        } catch (RuntimeException | Error e) {
            startOver.countDown();
            if (ending) {
                // Not every library can be loaded once the process ends.
                log(System.Logger.Level.INFO, "stopped before the start was over", null);
                return;
            }
            NodeLog.setUp(LogLevel.INFO);
            log(System.Logger.Level.ERROR, "The start failed for an unexpected reason", e);
            exit(FAILED);
        }
    }

    private void startNode(Settings settings, Map<String, String> environment) {
        // What a node asks for while it is still being started is done once it is.
        CompletableFuture<Node> started = new CompletableFuture<>();
        Node next = Node.start(
                settings,
                environment,
                this::endedByPolicy,
                reason -> startAnew(started, settings, environment, reason),
                reason -> storeFailed(started, settings, environment, reason));
        node = next;
        started.complete(next);
    }

    /**
     * The store has failed: first that is remembered, then the node waits for its disk to work again and for others to
     * copy from. Each failure makes the next wait longer: a disk that goes on failing must not keep the others busy.
     */
    private void storeFailed(
            CompletableFuture<Node> started, Settings settings, Map<String, String> environment, String reason) {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(4 * failures.getAndIncrement(), 12));
        thread("mostdb-failed", () -> {
            try {
                Node failed = started.join();
                if (!failed.markStoreFailed(reason)) {
                    return;
                }
                do {
                    Thread.sleep(pause);
                } while (node == failed && !failed.canCopyAnew());
                restart(failed, settings, environment);
            } catch (InterruptedException | RuntimeException e) {
                log(System.Logger.Level.ERROR, "The new start with an empty store failed", e);
                exit(FAILED);
            }
        });
    }

    private void startAnew(
            CompletableFuture<Node> started, Settings settings, Map<String, String> environment, String reason) {
        log(System.Logger.Level.WARNING, reason, null);
        // Not on the policy's thread, which ends in between.
        thread("mostdb-anew", () -> {
            try {
                restart(started.join(), settings, environment);
            } catch (RuntimeException e) {
                log(System.Logger.Level.ERROR, "The new start with an empty store failed", e);
                exit(FAILED);
            }
        });
    }

    /**
     * No daemon, whichever thread asks for it: the threads of the node that it may start would be some, too, and the
     * process end with them.
     */
    private static void thread(String name, Runnable task) {
        Thread.ofPlatform().name(name).daemon(false).start(task);
    }

    private void restart(Node before, Settings settings, Map<String, String> environment) {
        synchronized (lifeLock) {
            if (before == node && !stopping) {
                node = null;
                before.closeAndSetStoreAside();
                startNode(settings, environment);
            }
        }
    }

    /**
     * The reason in one sentence; the log may not be set up yet, and a wrong setting is told at the terminal anyway.
     */
    private void refused(RuntimeException e, int code) {
        print(System.err, "mostdb: " + e.getMessage());
        exit(code);
    }

    private void endedByPolicy(String reason) {
        log(System.Logger.Level.ERROR, reason, null);
        // Not on the policy's thread, which the end of the process waits for.
        thread("mostdb-end", () -> exit(WRONG_CONFIGURATION));
    }

    private void exit(int code) {
        exitCode.set(code);
        System.exit(code);
    }

    /** Runs while the process ends, whatever ended it, and decides with which code. */
    private void stop() {
        ending = true;
        int code = exitCode.get();
        try {
            startOver.await();
            synchronized (lifeLock) {
                stopping = true;
                Node running = node;
                if (running != null) {
                    log(System.Logger.Level.INFO, "stopping", null);
                    running.close();
                    log(System.Logger.Level.INFO, "stopped", null);
                }
            }
        } catch (InterruptedException | RuntimeException e) {
            log(System.Logger.Level.ERROR, "The stop failed for an unexpected reason", e);
            code = FAILED;
        }
        // The signal's own code would be 143, which tells a supervisor of a failure.
        Runtime.getRuntime().halt(code);
    }

    private static void log(System.Logger.Level level, String message, @Nullable Throwable thrown) {
        System.getLogger(Main.class.getName()).log(level, message, thrown);
    }

    private static void print(PrintStream stream, String text) {
        stream.println(text);
        stream.flush();
    }
}
