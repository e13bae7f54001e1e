package org.mostdb.load;

import java.nio.channels.Selector;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Ends a selector's wait when a request is due: the selector's own time-outs are whole milliseconds, too coarse for a
 * thousand requests a second, and to spin instead would take the processor from the nodes on this machine.
 */
final class Pacer implements AutoCloseable {

    private final Selector selector;
    private final LongSupplier clock;
    private final AtomicLong wakeAtNanos = new AtomicLong(Pace.NEVER);
    private final Thread thread;
    private volatile boolean closed;

    Pacer(Selector selector, LongSupplier clock) {
        this.selector = selector;
        this.clock = clock;
        thread = Thread.ofPlatform().daemon().name("mostdb-load-pacer").start(this::run);
    }

    /** Wakes the selector at that time, and not at an earlier one that was asked for before. */
    void wakeAt(long nanos) {
        long before = wakeAtNanos.getAndSet(nanos);
        if (nanos < before) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (!closed) {
            long at = wakeAtNanos.get();
            long wait = at - clock.getAsLong();
            if (wait > 0) {
                LockSupport.parkNanos(this, wait);
            } else if (wakeAtNanos.compareAndSet(at, Pace.NEVER)) {
                selector.wakeup();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
