package org.mostdb.server;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How much memory requests hold together. Each takes its share before it reads its body and before it makes its answer,
 * and keeps it until the answer is sent: so neither many great bodies nor many slow readers can fill the heap.
 *
 * <p>Safe for use by many threads; a share belongs to one request.
 */
final class RequestMemory {

    /** A body and what is made of it, which is no longer than the body. */
    static final int BYTES_PER_BODY_BYTE = 2;

    /** A value, its answer, and the answer as the connection takes it. */
    static final int BYTES_PER_VALUE_BYTE = 3;

    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How fast a great value is forgotten: by this part at each smaller one. */
    private static final int FORGETTING_SHIFT = 8;

    private final long limitBytes;
    private final AtomicLong takenBytes = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final AtomicInteger waiting = new AtomicInteger();

    /** How great a value may be that is about to be read; updates that get lost do no harm. */
    private volatile long expectedValueBytes;

    /** @param expectedValueBytes how great values may be, as long as none was read */
    RequestMemory(long limitBytes, long expectedValueBytes) {
        this.limitBytes = limitBytes;
        this.expectedValueBytes = expectedValueBytes;
    }

    private void signalFreed() {
        lock.lock();
        try {
            freed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** For a new request, which holds nothing yet. */
    Share share() {
        return new Share();
    }

    long takenBytes() {
        return takenBytes.get();
    }

    /** What one request holds. */
    final class Share implements AutoCloseable {

        private long heldBytes;

        private Share() {}

        /** Takes as much more; false if that is too much for all together. A request that is alone gets all. */
        boolean tryTake(long bytes) {
            while (true) {
                long taken = takenBytes.get();
                if (taken > heldBytes && taken + bytes > limitBytes) {
                    return false;
                }
                if (takenBytes.compareAndSet(taken, taken + bytes)) {
                    heldBytes += bytes;
                    return true;
                }
            }
        }

        /**
         * Takes what the answer of a read may need, whose value is not known yet: as much as for the greatest of late.
         * That is only a guess, so it is waited for, and not refused at once.
         */
        boolean takeForValue() {
            long bytes = BYTES_PER_VALUE_BYTE * expectedValueBytes;
            return tryTake(bytes) || awaitAndTake(bytes);
        }

        /** Now that the value is known, which needs this much beside what the share held before the read. */
        boolean hasRoomForValue(long beforeBytes, int valueBytes) {
            long expected = expectedValueBytes;
            long now = Math.max(valueBytes, expected - (expected >> FORGETTING_SHIFT));
            if (now != expected) {
                expectedValueBytes = now;
            }
            long neededBytes = beforeBytes + (long) BYTES_PER_VALUE_BYTE * valueBytes;
            if (neededBytes > heldBytes) {
                return tryTake(neededBytes - heldBytes);
            }
            shrinkTo(neededBytes);
            return true;
        }

        private boolean awaitAndTake(long bytes) {
            lock.lock();
            waiting.incrementAndGet();
            try {
                long left = LONGEST_WAIT_NANOS;
                while (!tryTake(bytes)) {
                    if (left <= 0) {
                        return false;
                    }
                    left = freed.awaitNanos(left);
                }
                freed.signal(); // there may be enough for the next one, too
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } finally {
                waiting.decrementAndGet();
                lock.unlock();
            }
        }

        long heldBytes() {
            return heldBytes;
        }

        /** Gives back what was taken beyond this. */
        void shrinkTo(long bytes) {
            long given = heldBytes - bytes;
            if (given > 0) {
                heldBytes = bytes;
                takenBytes.addAndGet(-given);
                if (waiting.get() > 0) {
                    signalFreed();
                }
            }
        }

        @Override
        public void close() {
            shrinkTo(0);
        }
    }
}
