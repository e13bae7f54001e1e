package org.mostdb.faults;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what another process does, for which there is no notification: by asking again and again. */
public final class Await {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Await() {}

    /** A condition that may ask a server. */
    public interface Condition {
        /** Whether it holds now. */
        boolean holds() throws InterruptedException;
    }

    /** Returns once the condition holds; fails with the description if it does not within the time. */
    public static void until(String description, Duration patience, Condition condition) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("not within " + patience + ": " + description);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
