package org.mostdb.quorum;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where many threads leave what one thread takes, all at once. Natural batching starts here: what came while the taker
 * was busy is taken in one step.
 */
final class Inbox<T> {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private List<T> items = new ArrayList<>();
    private boolean waiting;

    void add(T item) {
        lock.lock();
        try {
            items.add(item);
            if (waiting) {
                filled.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Leaves something that its giver takes out again, or has somebody take, at once: wakes nobody. */
    void addSilently(T item) {
        lock.lock();
        try {
            items.add(item);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes the one that waits, if there is something to take. */
    void wakeTaker() {
        lock.lock();
        try {
            if (waiting && !items.isEmpty()) {
                filled.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for something to take. */
    void await(long timeoutNanos) {
        lock.lock();
        try {
            long left = timeoutNanos;
            waiting = true;
            while (items.isEmpty() && left > 0) {
                left = filled.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiting = false;
            lock.unlock();
        }
    }

    /**
     * Takes all there is, and waits for something if there is nothing.
     *
     * @return empty after the time-out, or an interrupt
     */
    List<T> takeAll(long timeoutNanos) {
        await(timeoutNanos);
        return takeAll();
    }

    /** Takes all there is. */
    List<T> takeAll() {
        lock.lock();
        try {
            if (items.isEmpty()) {
                return List.of(); // not the list itself: others go on adding to it
            }
            List<T> taken = items;
            items = new ArrayList<>(taken.size());
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
