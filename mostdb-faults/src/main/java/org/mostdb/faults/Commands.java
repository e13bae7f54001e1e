package org.mostdb.faults;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the operating system that are run for their effect. */
final class Commands {

    private static final int PATIENCE_SECONDS = 30;

    private Commands() {}

    /** Whether it could be run, and ended well. */
    static boolean succeeds(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Runs what has to end well. */
    static void expect(String... command) {
        if (!succeeds(command)) {
            throw new IllegalStateException("this failed: " + String.join(" ", List.of(command)));
        }
    }
}
