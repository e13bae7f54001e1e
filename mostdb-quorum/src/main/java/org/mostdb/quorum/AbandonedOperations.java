package org.mostdb.quorum;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.OutcomeUnknownException;

/**
 * Ends operations that the core does not end at their deadline, because a disk holds it up. One thread looks at all of
 * them now and then: a timer for each would cost more than the operation.
 */
final class AbandonedOperations implements AutoCloseable {

    private static final int LOOKS_PER_TIMEOUT = 10;

    private final long timeoutNanos;
    private final Set<Operation> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("mostdb-deadlines").unstarted(this::run);

    /** @param timeout after their deadline operations are given up when as much time has passed again */
    AbandonedOperations(Duration timeout) {
        this.timeoutNanos = timeout.toNanos();
    }

    void start() {
        thread.start();
    }

    void watch(Operation operation) {
        open.add(operation);
    }

    void forget(Operation operation) {
        open.remove(operation);
    }

    private void run() {
        try {
            while (!closing.await(Math.max(1, timeoutNanos / LOOKS_PER_TIMEOUT), TimeUnit.NANOSECONDS)) {
                long overdue = System.nanoTime() - timeoutNanos;
                for (Operation operation : open) {
                    if (operation.isExpired(overdue)) {
                        operation.fail(reason(operation, "this node's disk does not answer"));
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is known of an operation that nobody waits for any more. */
    static MostDbException reason(Operation operation, String why) {
        return operation.kind == Operation.Kind.GET
                ? new MajorityUnavailableException(1, 0, why)
                : new OutcomeUnknownException(why + "; the write may have been applied, or may be later");
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
