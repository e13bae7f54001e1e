package org.mostdb.faults;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.mostdb.testkit.Answer;

/** How the operations of a load ended. Safe for use by many threads. */
final class LoadCounts {

    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicLongArray succeededAt;
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    LoadCounts(int nodes) {
        succeededAt = new AtomicLongArray(nodes + 1);
    }

    /** The number of a client that was none before, from 1. */
    int nextClient() {
        return clients.incrementAndGet();
    }

    void count(int node, Answer answer) {
        switch (answer) {
            case Answer.Unknown outcome -> unknown.incrementAndGet();
            case Answer.NotApplied outcome -> refused.incrementAndGet();
            case Answer.Written outcome -> succeeded(node);
            case Answer.Found outcome -> succeeded(node);
            case Answer.Absent outcome -> succeeded(node);
        }
    }

    private void succeeded(int node) {
        succeeded.incrementAndGet();
        succeededAt.incrementAndGet(node);
    }

    long succeededAt(int node) {
        return succeededAt.get(node);
    }

    long asked() {
        return succeeded() + unknown() + refused();
    }

    long succeeded() {
        return succeeded.get();
    }

    long unknown() {
        return unknown.get();
    }

    long refused() {
        return refused.get();
    }
}
