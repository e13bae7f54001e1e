package org.mostdb.testkit;

import java.util.List;
import org.mostdb.api.spi.Room;

/**
 * Where faults strike: the parts of a run, how long a fault lasts in it, and whether one may strike now. It may not
 * while the run is calm, which is a time in which nodes are promised that all others can be reached.
 */
final class Stage {

    /** No base speed of a run's disks is slower. */
    private static final long CALM_SYNC_NANOS = 5_000_000L;

    private static final long STEP_DELAY_NANOS = 20_000L;

    final VirtualTime time;
    final SeededRandom random;
    final Coverage coverage;
    final SimulatedNetwork network;
    final List<SimulatedHost> hosts;
    private final long lengthNanos;
    private boolean calm;
    private boolean stopped;

    Stage(
            VirtualTime time,
            SeededRandom random,
            Coverage coverage,
            SimulatedNetwork network,
            List<SimulatedHost> hosts) {
        this.time = time;
        this.random = random;
        this.coverage = coverage;
        this.network = network;
        this.hosts = hosts;
        lengthNanos = random.oneOf(List.of(10_000_000L, 50_000_000L, 200_000_000L, 600_000_000L));
    }

    /** Whether a fault may strike now. */
    boolean isOpen() {
        return !stopped && !calm;
    }

    /** Whether no fault strikes any more. */
    boolean isStopped() {
        return stopped;
    }

    /** How long a fault lasts. */
    long length() {
        return random.between(1_000, lengthNanos / 5) + random.around(lengthNanos);
    }

    /** Ends a fault after a while; all end anyway when the stage is stopped. */
    void lasting(Runnable end) {
        time.after(length(), () -> {
            if (!stopped) {
                end.run();
            }
        });
    }

    /** A fault that was prepared earlier strikes after a time, if one may then. */
    void later(long nanos, Runnable fault) {
        time.after(nanos, () -> {
            if (isOpen()) {
                fault.run();
            }
        });
    }

    /** Ends a life for a while. */
    void crash(SimulatedHost host) {
        if (isOpen()) {
            host.crash();
            lasting(host::start);
        }
    }

    /** All lasting faults end but for those of clocks, and none strikes, until {@link #endCalm}. */
    void beCalm() {
        calm = true;
        network.beCalm();
        hosts.forEach(host -> mend(host, CALM_SYNC_NANOS));
    }

    /** Faults strike again. */
    void endCalm() {
        calm = false;
        network.endCalm();
    }

    /** No new faults, and no more lasting ones. */
    void stop() {
        stopped = true;
        network.heal();
        for (SimulatedHost host : hosts) {
            host.setClock(1, 0);
            mend(host, 2_000_000);
        }
    }

    private static void mend(SimulatedHost host, long syncNanos) {
        host.endPause();
        host.disk().mend();
        host.setRoom(Room.AMPLE);
        host.diskSpeed().stuckUntilNanos = 0;
        host.diskSpeed().syncNanos = Math.min(host.diskSpeed().syncNanos, syncNanos);
        host.setStepDelay(STEP_DELAY_NANOS);
        host.whenNextSeen(() -> {});
        host.whenNextDurable(() -> {});
        host.start();
    }
}
