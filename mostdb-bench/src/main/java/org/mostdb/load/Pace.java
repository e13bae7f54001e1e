package org.mostdb.load;

/**
 * When requests are due, and how many. Times are nanoseconds of one clock that begins at 0.
 *
 * <p>A <em>closed</em> loop asks as soon as a connection is free. So while a node stalls it asks little, and the stall
 * is a few slow requests among many fast ones: coordinated omission. An <em>open</em> one asks at fixed times, and a
 * request that found no free connection is as late as its client would have seen it: latency counts from when it was
 * due.
 */
final class Pace {

    /** Later than any time. */
    static final long NEVER = Long.MAX_VALUE;

    private static final double NANOS_PER_SECOND = 1e9;

    private final boolean open;
    private final double firstDueNanos;
    private final double stepNanos;
    private final long endNanos;
    private final long count;
    private long taken;

    private Pace(boolean open, double firstDueNanos, double stepNanos, long endNanos, long count) {
        this.open = open;
        this.firstDueNanos = firstDueNanos;
        this.stepNanos = stepNanos;
        this.endNanos = endNanos;
        this.count = count;
    }

    /** At any time until the end, at most so many. */
    static Pace closed(long endNanos, long count) {
        return new Pace(false, 0, 0, endNanos, count);
    }

    /**
     * One after the other, {@code ratePerSecond} of them a second.
     *
     * @param firstDueNanos when the first one is due
     * @param count how many there are
     * @param endNanos when those that are due and could not be sent are given up
     */
    static Pace open(double firstDueNanos, double ratePerSecond, long endNanos, long count) {
        return new Pace(true, firstDueNanos, NANOS_PER_SECOND / ratePerSecond, endNanos, count);
    }

    boolean isOpen() {
        return open;
    }

    /** When the next request is or was due, now at the latest for a closed loop; {@link #NEVER} if there is none. */
    long due(long nowNanos) {
        if (taken >= count || nowNanos >= endNanos) {
            return NEVER;
        }
        return open ? (long) (firstDueNanos + taken * stepNanos) : nowNanos;
    }

    /** Goes on to the next request. */
    void take() {
        taken++;
    }

    /** How many of an open loop's requests were given up, once none is due any more. */
    long givenUp() {
        return open ? count - taken : 0;
    }
}
