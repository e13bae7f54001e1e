package org.mostdb.testkit;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with disks, so that a node loses its memory: the disk is replaced by an empty one or by one that was
 * given up before, is put back to an earlier state of itself, or gives back other bytes than were stored. At most a
 * minority is without its memory at a time.
 *
 * <p>Of a disk that was put back to an earlier state, only its peers can tell. So this happens only if one of them
 * {@linkplain SimulatedNode#remembersMoreThan remembers more}, and then the run is calm until the node has begun anew:
 * a node that cannot reach those who remember, or that nobody remembers, is a second failure and not promised to be
 * recognised.
 */
final class DiskFaults {

    private static final long SETTLING_NANOS = 200_000_000L;
    private static final long LOOK_NANOS = 5_000_000L;
    private static final long RECOGNISED_WITHIN_NANOS = 5_000_000_000L;

    private final Stage stage;
    private final Set<SimulatedHost> wiped = new LinkedHashSet<>();
    private final Set<SimulatedHost> wipedBeforeForming = new LinkedHashSet<>();
    private final Set<SimulatedHost> mayBePutBack = new LinkedHashSet<>();
    private final Map<SimulatedHost, Integer> begunAnew = new HashMap<>();
    private boolean someFormed;
    private @Nullable SimulatedHost rolledBack;
    private @Nullable String unrecognised;

    DiskFaults(Stage stage) {
        this.stage = stage;
        stage.hosts.forEach(host -> host.setGivesUpFailedStore(() -> givesUp(host)));
    }

    /** The nodes whose disk was replaced before anybody had formed, so that they need not serve. */
    Set<SimulatedHost> wipedBeforeForming() {
        return wipedBeforeForming;
    }

    /** The nodes whose disk was replaced, and that are not back yet. */
    Set<SimulatedHost> recovering() {
        look();
        return wiped;
    }

    /** Whether a node goes on with an earlier state of its disk, and may still be recognised. */
    boolean isRollbackOpen() {
        return rolledBack != null;
    }

    /** A node that went on with an earlier state of its disk although it could have known, in words. */
    Optional<String> unrecognised() {
        SimulatedHost open = rolledBack;
        return open != null && isFormed(open) ? Optional.of(unrecognised(open)) : Optional.ofNullable(unrecognised);
    }

    private static String unrecognised(SimulatedHost host) {
        return "the disk of node " + host.place() + " was rolled back, a peer remembers more, and the node goes on";
    }

    /** A node that lost its memory, or gave it up, counts as lost until it belongs to the cluster again. */
    private void look() {
        someFormed |= stage.hosts.stream().anyMatch(DiskFaults::isFormed);
        for (SimulatedHost host : stage.hosts) {
            int before = Objects.requireNonNullElse(begunAnew.put(host, host.begunAnew()), 0);
            if (someFormed && host.begunAnew() > before) {
                wiped.add(host);
            }
        }
        wiped.removeIf(host -> host != rolledBack && !host.disk().isDamaged() && isFormed(host));
    }

    private static boolean isFormed(SimulatedHost host) {
        SimulatedNode node = host.node();
        return node != null && node.isFormed();
    }

    /** Takes a node's memory for good, if that of a majority is left; whoever calls starts it again. */
    boolean wipe(SimulatedHost host) {
        boolean wasRecovering = recovering().contains(host);
        if (!stage.isOpen() || !mayLose(host)) {
            return false;
        }
        count(host, wasRecovering);
        decideOnPuttingBack(host);
        host.crash();
        host.disk().wipe();
        return true;
    }

    private void decideOnPuttingBack(SimulatedHost host) {
        boolean isMajorityFormed =
                stage.hosts.stream().filter(DiskFaults::isFormed).count() > stage.hosts.size() / 2;
        // A disk of before may be of a cluster that nobody else has joined, and its node would wait for an operator.
        if (isMajorityFormed) {
            mayBePutBack.add(host);
        } else {
            mayBePutBack.remove(host);
        }
    }

    /** A node does so only while enough of the others vote; else, and if it could not note it, it goes on with it. */
    private boolean givesUp(SimulatedHost host) {
        boolean givesUp = host.disk().isDamaged() || (stage.isOpen() && stage.random.chance(0.3) && mayLose(host));
        if (givesUp) {
            decideOnPuttingBack(host);
        }
        return givesUp;
    }

    /** Some bits flip on a disk: the node may not notice for long, or never, and counts as lost meanwhile. */
    void damage(SimulatedHost host) {
        SimulatedNode node = host.node();
        if (stage.isOpen() && node != null && node.verifiesWhatItReads() && isFormed(host) && mayLose(host)) {
            for (int some = stage.random.between(1, 5); some > 0; some--) {
                stage.coverage.count("damaged values", host.disk().damage(stage.random) ? 1 : 0);
            }
        }
    }

    private void count(SimulatedHost host, boolean wasRecovering) {
        boolean isInUse = !host.disk().isEmpty();
        stage.coverage.count("wiped disks");
        stage.coverage.count("disks wiped while forming", isInUse && !someFormed ? 1 : 0);
        stage.coverage.count("disks wiped during recovery", isInUse && wasRecovering ? 1 : 0);
    }

    /** What is on it was once given up: the node may not go on with it if another has its place. */
    void putBackOldDisk(SimulatedHost host) {
        if (mayBePutBack.contains(host) && mayLose(host)) {
            host.crash();
            stage.coverage.count("old disks put back", host.disk().putBack() ? 1 : 0);
            stage.lasting(host::start);
        }
    }

    /** At most a minority may be without its memory at a time; this node is from now on, if that allows it. */
    private boolean mayLose(SimulatedHost host) {
        look();
        Set<SimulatedHost> lost = new LinkedHashSet<>(wiped);
        lost.addAll(wipedBeforeForming);
        lost.add(host);
        boolean isAllowed = lost.size() <= (stage.hosts.size() - 1) / 2;
        if (isAllowed) {
            (someFormed ? wiped : wipedBeforeForming).add(host);
        }
        return isAllowed;
    }

    /** Takes a copy of what is durable now; the disk may be put back to it later. */
    void copyAndRollBack(SimulatedHost host) {
        SimulatedDisk copy = host.disk().durableCopy();
        stage.coverage.count("copies of disks taken");
        stage.later(stage.length(), () -> {
            if (isRecognisable(host, copy)) {
                // At once, the others have not learned from each other what their links kept from them.
                long settling = areOthersSound(host) && stage.random.chance(0.8) ? 0 : SETTLING_NANOS;
                stage.beCalm();
                stage.time.after(settling, () -> rollBack(host, copy));
            }
        });
    }

    private void rollBack(SimulatedHost host, SimulatedDisk copy) {
        if (stage.isStopped()) {
            return;
        }
        if (!areOthersSound(host) || !isRecognisable(host, copy) || !mayLose(host)) {
            stage.endCalm();
            return;
        }
        boolean wasFormed = isFormed(host);
        stage.coverage.count("disks rolled back");
        stage.coverage.count("disks rolled back while forming", someFormed ? 0 : 1);
        stage.coverage.count("disks rolled back during recovery", someFormed && !wasFormed ? 1 : 0);
        int begunAnew = host.begunAnew();
        rolledBack = host;
        host.crash();
        host.disk().rollBack(copy);
        host.start();
        awaitRecognition(host, begunAnew, stage.time.nowNanos() + RECOGNISED_WITHIN_NANOS);
    }

    private boolean areOthersSound(SimulatedHost host) {
        return stage.hosts.stream().allMatch(other -> other == host || other.isSound());
    }

    private boolean isRecognisable(SimulatedHost host, SimulatedDisk copy) {
        return host.disk().isStateOfThis(copy)
                && stage.hosts.stream().filter(other -> other != host).anyMatch(other -> {
                    SimulatedNode node = other.node();
                    return node != null && node.remembersMoreThan(copy);
                });
    }

    private void awaitRecognition(SimulatedHost host, int begunAnew, long endNanos) {
        boolean isRecognised = host.begunAnew() > begunAnew;
        if (!isRecognised && stage.time.nowNanos() < endNanos) {
            stage.time.after(LOOK_NANOS, () -> awaitRecognition(host, begunAnew, endNanos));
            return;
        }
        stage.coverage.count("rollbacks recognised", isRecognised ? 1 : 0);
        unrecognised = isRecognised ? unrecognised : unrecognised(host);
        rolledBack = null;
        stage.endCalm();
    }
}
