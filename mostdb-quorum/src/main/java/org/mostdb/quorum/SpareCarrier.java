package org.mostdb.quorum;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.management.VirtualThreadSchedulerMXBean;

/**
 * Lends the virtual threads of this process one more carrier while some of them wait for long, for two reasons. Reads
 * of the store may hold all carriers: a disk that does not answer must not keep a node from saying how it is. And a
 * carrier goes on with the threads of its own queue as long as there are any: where reads take long enough that there
 * always are, those that others woke, the JDK's pollers among them, would starve for up to seconds. A carrier beyond
 * those that the pollers keep busy takes them on.
 *
 * <p>Whether that is needed is tried: a virtual thread that does nothing is to have run by the next look. Without need
 * there is no more than the JDK's own number of carriers, since one more costs the others time.
 */
final class SpareCarrier implements AutoCloseable {

    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Duration LENT_FOR = Duration.ofSeconds(10);

    /** Each leaves a virtual thread waiting, if the carrier that was lent is held too. */
    private static final int MOST_WAKES = 16;

    private final long lentForNanos;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread watch =
            Thread.ofPlatform().name("mostdb-carriers").daemon().unstarted(this::watch);

    SpareCarrier() {
        this(LENT_FOR);
    }

    /** @param lentFor since it was last needed: what makes threads wait would else do so again at once */
    SpareCarrier(Duration lentFor) {
        lentForNanos = lentFor.toNanos();
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
        long neededNanos = 0;
        int wakes = 0;
        Thread probe = startProbe();
        try {
            while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                long now = System.nanoTime();
                if (probe.isAlive()) {
                    neededNanos = now;
                    if (!isLent) {
                        add(1);
                        isLent = true;
                    }
                    if (wakes < MOST_WAKES) {
                        wakeCarrier();
                        wakes++;
                    }
                } else {
                    wakes = 0;
                    if (isLent && now - neededNanos > lentForNanos) {
                        add(-1);
                        isLent = false;
                    }
                    probe = startProbe();
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

    private static Thread startProbe() {
        return Thread.startVirtualThread(() -> {});
    }

    private static synchronized void add(int carriers) {
        VirtualThreadSchedulerMXBean scheduler =
                ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
        scheduler.setParallelism(scheduler.getParallelism() + carriers);
    }

    /**
     * The scheduler wakes or makes a carrier when something comes into an empty queue, not when it may have one more.
     * The queue of this thread holds the probe, so it is done by a thread with another one; if not, then at the next
     * look.
     */
    private static void wakeCarrier() {
        Thread.ofPlatform().name("mostdb-carrier-wake").daemon().start(SpareCarrier::startProbe);
    }

    /** Lets the carrier be taken back at once. */
    @Override
    public void close() {
        closing.countDown();
    }
}
