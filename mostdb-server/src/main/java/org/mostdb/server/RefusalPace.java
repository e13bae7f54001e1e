package org.mostdb.server;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Slows refused clients down. A refusal is cheap, but clients that come again at once, hundreds of them, would leave no
 * processor time for the requests that were let in. So refusals leave one after the other, {@value #PER_SECOND} a
 * second: below that rate each is answered at once, above it each waits for its turn, and none longer than
 * {@link #LONGEST_NANOS}. A virtual thread that waits costs nothing but its connection.
 *
 * <p>Safe for use by many threads.
 */
final class RefusalPace {

    static final int PER_SECOND = 1000;

    /** No longer than what {@code Retry-After} asks for anyway. */
    static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
    private final AtomicInteger waiting = new AtomicInteger();

    /** Waits for this refusal's turn; an interrupt ends the wait. */
    void await() {
        long pauseNanos = pauseNanos(System.nanoTime());
        if (pauseNanos == 0) {
            return;
        }
        waiting.incrementAndGet();
        try {
            long endNanos = System.nanoTime() + pauseNanos;
            for (long left = pauseNanos; left > 0 && !Thread.currentThread().isInterrupted(); ) {
                LockSupport.parkNanos(this, left);
                left = endNanos - System.nanoTime();
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    /** Takes the next turn, and tells how far it is away. */
    long pauseNanos(long nowNanos) {
        while (true) {
            long next = nextNanos.get();
            long turn = next - nowNanos > 0 ? next : nowNanos;
            if (turn - nowNanos >= LONGEST_NANOS) {
                return LONGEST_NANOS;
            }
            if (nextNanos.compareAndSet(next, turn + INTERVAL_NANOS)) {
                return turn - nowNanos;
            }
        }
    }

    /** How many wait now. */
    int waiting() {
        return waiting.get();
    }
}
