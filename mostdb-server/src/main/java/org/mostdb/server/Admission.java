package org.mostdb.server;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.spi.ReplicationPolicy;

/**
 * Lets requests in to the replication policy: none before it has started, a bounded number at once, and none once the
 * node stops, which can then wait for those that are in.
 */
final class Admission {

    private final int limit;
    private final Answer full;
    private final AtomicInteger inside = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();

    private volatile @Nullable ReplicationPolicy policy;
    private volatile boolean stopping;

    /** @param limit how many requests may be in at once */
    Admission(int limit) {
        this.limit = limit;
        this.full = Answer.overloaded("This node has " + Count.of(limit, "request")
                + " under way (MOSTDB_REQUEST_LIMIT): try again in a moment.");
    }

    void open(ReplicationPolicy started) {
        policy = started;
    }

    /** Lets one request in, which must {@link #leave}; returns the refusal otherwise. */
    @Nullable
    Answer tryEnter() {
        int now = inside.incrementAndGet();
        Answer refusal = null;
        // Looked at after counting, so that a stop either sees this request or is seen by it.
        if (stopping) {
            refusal = Answer.STOPPING;
        } else if (policy == null) {
            refusal = Answer.STARTING;
        } else if (now > limit) {
            refusal = full;
        }
        if (refusal != null) {
            leave();
        }
        return refusal;
    }

    void leave() {
        if (inside.decrementAndGet() == 0 && stopping) {
            lock.lock();
            try {
                empty.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    int inside() {
        return inside.get();
    }

    /** The policy, for a request that is in. */
    ReplicationPolicy policy() {
        ReplicationPolicy started = policy;
        if (started == null) {
            throw new IllegalStateException("the policy has not started");
        }
        return started;
    }

    /** The policy, if it has started. */
    @Nullable
    ReplicationPolicy policyIfStarted() {
        return policy;
    }

    boolean stopping() {
        return stopping;
    }

    /** Lets nobody in any more, and waits for those that are in. Returns how many are left when the time is over. */
    int stop(Duration timeout) {
        stopping = true;
        long remaining = timeout.toNanos();
        lock.lock();
        try {
            while (inside.get() > 0 && remaining > 0) {
                remaining = empty.awaitNanos(remaining);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return inside.get();
    }
}
