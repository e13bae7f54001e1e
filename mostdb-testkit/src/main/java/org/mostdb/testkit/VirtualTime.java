package org.mostdb.testkit;

import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/**
 * Time that passes only from one event to the next, in one thread. Events of the same instant happen in the order in
 * which they were asked for, so a run is determined by its seed.
 */
public final class VirtualTime {

    private static final class Event implements Comparable<Event> {

        private final long atNanos;
        private final long order;
        private final Runnable action;

        private Event(long atNanos, long order, Runnable action) {
            this.atNanos = atNanos;
            this.order = order;
            this.action = action;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowNanos;
    private long lastOrder;

    /** Nanoseconds since the run began. */
    public long nowNanos() {
        return nowNanos;
    }

    /** Asks for something to happen later; a delay of 0 is after what is happening now. */
    public void after(long delayNanos, Runnable action) {
        events.add(new Event(nowNanos + Math.max(0, delayNanos), ++lastOrder, action));
    }

    /** How many events there were. With what happened in them, this tells whether two runs were the same. */
    public long events() {
        return lastOrder;
    }

    /**
     * Lets time pass until something is so.
     *
     * @return false if the time was over before
     */
    public boolean run(long longestNanos, BooleanSupplier until) {
        long end = nowNanos + longestNanos;
        while (!until.getAsBoolean()) {
            Event next = events.peek();
            if (next == null || next.atNanos > end) {
                nowNanos = end;
                return false;
            }
            events.remove();
            nowNanos = next.atNanos;
            next.action.run();
        }
        return true;
    }

    /** Lets time pass. */
    public void run(long nanos) {
        run(nanos, () -> false);
    }
}
