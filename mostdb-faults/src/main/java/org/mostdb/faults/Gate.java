package org.mostdb.faults;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What bytes pass on their way from one node to another. Safe for use by many threads. */
final class Gate {

    private boolean held;
    private Duration delay = Duration.ZERO;

    /** Nothing passes from now on; what comes waits. */
    synchronized void hold() {
        held = true;
    }

    /** Each piece of data takes so long from now on. */
    synchronized void delay(Duration each) {
        delay = each;
    }

    /** All passes at once, also what waited. */
    synchronized void open() {
        held = false;
        delay = Duration.ZERO;
        notifyAll();
    }

    /** Returns when one piece of data may go on. */
    synchronized void pass() throws InterruptedException {
        awaitOpen();
        if (!delay.isZero()) {
            long end = System.nanoTime() + delay.toNanos();
            for (long left = delay.toNanos(); left > 0 && !delay.isZero(); left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
            awaitOpen();
        }
    }

    /** Returns when it is not held. */
    synchronized void awaitOpen() throws InterruptedException {
        while (held) {
            wait();
        }
    }

    /** Whether it is held, or slow. */
    synchronized boolean isAffected() {
        return held || !delay.isZero();
    }
}
