package org.mostdb.server;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
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

    private final AtomicInteger exitCode = new AtomicInteger(STOPPED);
    private final CountDownLatch startOver = new CountDownLatch(1);

    private volatile @Nullable Node node;

    private Main() {}

    /** Starts a node with the settings of the environment. */
    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        if (given.equals(List.of("--help"))) {
            print(System.out, Help.text());
        } else if (given.equals(List.of("--version"))) {
            print(System.out, "mostdb " + ProductVersion.text());
        } else if (!given.isEmpty()) {
            print(
                    System.err,
                    "mostdb does not know " + String.join(" ", given) + ": it knows --help and --version, and"
                            + " is configured by environment variables.");
            System.exit(WRONG_CONFIGURATION);
        } else {
            System.setProperty(LOG_MANAGER_PROPERTY, KeepingLogManager.class.getName());
            new Main().run(System.getenv());
        }
    }

    private void run(Map<String, String> environment) {
        try {
            Settings settings = Settings.of(environment);
            NodeLog.setUp(settings.logLevel());
            NodeLog.keepToTheEnd();
            Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "mostdb-stop"));
            node = Node.start(settings, environment, this::endedByPolicy);
            startOver.countDown();
        } catch (StartRefusedException | InvalidRequestException e) {
            startOver.countDown();
            refused(e, WRONG_CONFIGURATION);
        } catch (MostDbException e) {
            startOver.countDown();
            refused(e, FAILED);
        } catch (RuntimeException | Error e) {
            startOver.countDown();
            NodeLog.setUp(LogLevel.INFO);
            log(System.Logger.Level.ERROR, "The start failed for an unexpected reason", e);
            exit(FAILED);
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
        Thread.ofPlatform().name("mostdb-end").start(() -> exit(WRONG_CONFIGURATION));
    }

    private void exit(int code) {
        exitCode.set(code);
        System.exit(code);
    }

    /** Runs while the process ends, whatever ended it, and decides with which code. */
    private void stop() {
        int code = exitCode.get();
        try {
            startOver.await();
            Node running = node;
            if (running != null) {
                log(System.Logger.Level.INFO, "stopping", null);
                running.close();
                log(System.Logger.Level.INFO, "stopped", null);
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
