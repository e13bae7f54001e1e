package org.mostdb.quorum;

import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jdk.management.VirtualThreadSchedulerMXBean;

/**
 * Lends the virtual threads of this process one more carrier for as long as reads of the store hold all there are: a
 * disk that does not answer must not keep a node from saying how it is. Without need there is no more than the JDK's
 * own number of carriers, since one more costs the others time.
 */
final class SpareCarrier implements AutoCloseable {

    private static final long LOOK_MILLIS = 50;
    private static final int LOOKS = 4;

    private final BooleanSupplier areAllHeld;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread watch =
            Thread.ofPlatform().name("mostdb-carriers").daemon().unstarted(this::watch);

    /**
     * @param areAllHeld whether no carrier is free of such reads; one that is not held for 0.2 s at a time is not lent
     */
    SpareCarrier(BooleanSupplier areAllHeld) {
        this.areAllHeld = areAllHeld;
    }

    /** How many carriers there are without need. */
    static int carriers() {
        return Integer.getInteger(
                "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    }

    void start() {
        watch.start();
    }

    private void watch() {
        boolean isLent = false;
        int held = 0;
        try {
            while (!closing.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                held = areAllHeld.getAsBoolean() ? held + 1 : 0;
                boolean isNeeded = held >= LOOKS;
                if (isNeeded != isLent) {
                    add(isNeeded ? 1 : -1);
                    isLent = isNeeded;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (isLent) {
                add(-1);
            }
        }
    }

    private static synchronized void add(int carriers) {
        VirtualThreadSchedulerMXBean scheduler =
                ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
        scheduler.setParallelism(scheduler.getParallelism() + carriers);
        // The scheduler makes a carrier when something is to run next, not when it may have one more.
        Thread.startVirtualThread(() -> {});
    }

    /** Lets the carrier be taken back at once. */
    @Override
    public void close() {
        closing.countDown();
    }
}
