package org.mostdb.testkit;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.mostdb.api.spi.Room;

/**
 * What goes wrong in a run: kinds of faults, how often and for how long are drawn at its beginning, and then one fault
 * follows the other, also while earlier ones last, until {@link Stage#stop}.
 */
final class Faults {

    /** What can go wrong. */
    enum Kind {
        CRASH,
        CRASH_SOON_AFTER_START,
        CRASH_WHEN_SEEN,
        CRASH_WHEN_DURABLE,
        CRASH_OF_ALL,
        CRASH_OF_ALL_WHEN_SEEN,
        PAUSE,
        PAUSE_WHEN_SEEN,
        SPLIT,
        ONE_WAY,
        BRIDGE,
        ISOLATION,
        DISCONNECT,
        SLOW_LINK,
        BAD_WEATHER,
        STUCK_DISK,
        SLOW_DISK,
        FAILED_SYNC,
        FULL_DISK,
        FULL_DISKS,
        DAMAGE,
        CLOCK_JUMP,
        CLOCK_RATE,
        SLOW_PROCESS,
        WIPE,
        OLD_DISK_PUT_BACK,
        ROLLBACK,
        LOST_VOTER
    }

    private static final Set<Kind> OF_DISKS = EnumSet.of(Kind.FULL_DISK, Kind.FULL_DISKS, Kind.DAMAGE);

    private final Stage stage;
    private final SeededRandom random;
    private final Coverage coverage;
    private final NetworkFaults network;
    private final DiskFaults disks;
    private final List<Kind> kinds = new ArrayList<>();
    private final long gapNanos;
    private boolean voterIsBeingLost;

    /** @param isStory whether the run is mostly of {@link LostVoter} */
    Faults(Stage stage, boolean isStory) {
        this.stage = stage;
        this.random = stage.random;
        this.coverage = stage.coverage;
        network = new NetworkFaults(stage);
        disks = new DiskFaults(stage);
        gapNanos = random.oneOf(List.of(20_000_000L, 60_000_000L, 150_000_000L, 400_000_000L));
        // A run of few kinds goes deeper into each.
        double share = isStory ? 0.02 : random.oneOf(List.of(0.1, 0.25, 0.5));
        // Full and damaged disks keep a cluster from what others attack, so most runs are without.
        double diskShare = !isStory && random.chance(0.3) ? Math.max(share, 0.25) : 0;
        for (Kind kind : EnumSet.allOf(Kind.class)) {
            if (random.chance(OF_DISKS.contains(kind) ? diskShare : share)) {
                kinds.add(kind);
            }
        }
        if (isStory) {
            kinds.add(Kind.LOST_VOTER);
        } else if (kinds.isEmpty()) {
            kinds.add(Kind.CRASH);
        }
    }

    DiskFaults disks() {
        return disks;
    }

    /** The first fault, and from it the others. */
    void begin() {
        stage.time.after(random.around(gapNanos), () -> {
            if (stage.isOpen()) {
                strike(random.oneOf(kinds));
            }
            if (!stage.isStopped()) {
                begin();
            }
        });
    }

    private void strike(Kind kind) {
        SimulatedHost host = random.oneOf(stage.hosts);
        coverage.count("faults");
        switch (kind) {
            case CRASH -> stage.crash(host);
            case CRASH_SOON_AFTER_START -> crashAgain(host);
            case CRASH_WHEN_SEEN -> host.whenNextSeen(() -> stage.crash(host));
            case CRASH_WHEN_DURABLE -> host.whenNextDurable(() -> stage.crash(host));
            case CRASH_OF_ALL -> crashAll();
            case CRASH_OF_ALL_WHEN_SEEN ->
                host.whenNextSeen(() -> stage.later(random.around(host.diskSpeed().syncNanos), this::crashAll));
            case PAUSE -> pause(host);
            case PAUSE_WHEN_SEEN -> host.whenNextSeen(() -> pause(host));
            case SPLIT -> network.split();
            case ONE_WAY -> network.oneWay(host, random.oneOf(stage.hosts));
            case BRIDGE -> network.bridge(host);
            case ISOLATION -> network.isolate(host);
            case DISCONNECT -> network.disconnect(host, random.oneOf(stage.hosts));
            case SLOW_LINK -> network.slowLink(host, random.oneOf(stage.hosts));
            case BAD_WEATHER -> network.badWeather();
            case STUCK_DISK -> {
                coverage.count("stuck disks");
                host.diskSpeed().stuckUntilNanos = stage.time.nowNanos() + stage.length();
            }
            case SLOW_DISK -> slowDisk(host);
            case FAILED_SYNC -> host.disk().failNextWrite(random.chance(0.5));
            case FULL_DISK -> fill(host);
            case FULL_DISKS ->
                stage.hosts.stream().filter(any -> random.chance(0.6)).forEach(this::fill);
            case DAMAGE -> disks.damage(host);
            case CLOCK_JUMP -> {
                coverage.count("clock jumps");
                host.setClock(1, random.around(300_000_000));
            }
            case CLOCK_RATE -> {
                coverage.count("clocks of another rate");
                host.setClock(random.oneOf(List.of(0.5, 0.9, 1.1, 2.0)), 0);
            }
            case SLOW_PROCESS -> {
                coverage.count("slow processes");
                host.setStepDelay(random.around(5_000_000));
                stage.lasting(() -> host.setStepDelay(20_000));
            }
            case WIPE -> {
                if (disks.wipe(host)) {
                    stage.lasting(host::start);
                }
            }
            case OLD_DISK_PUT_BACK -> disks.putBackOldDisk(host);
            case ROLLBACK -> disks.copyAndRollBack(host);
            case LOST_VOTER -> loseVoter();
        }
    }

    private void loseVoter() {
        if (!voterIsBeingLost && stage.hosts.size() >= 3) {
            voterIsBeingLost = true;
            LostVoter.strike(stage, disks, () -> voterIsBeingLost = false);
        }
    }

    /** A life that ends with one of its first writes, or a little later. */
    private void crashAgain(SimulatedHost host) {
        if (!stage.isOpen()) {
            return;
        }
        coverage.count("lives that a crash ended soon");
        boolean withAnEarlyWrite = random.chance(0.8);
        boolean again = random.chance(0.5);
        host.crash();
        stage.lasting(() -> {
            host.start();
            if (withAnEarlyWrite) {
                crashWhenSeen(host, random.between(1, 3), again);
            } else {
                stage.lasting(() -> stage.crash(host));
            }
        });
    }

    private void crashWhenSeen(SimulatedHost host, int writes, boolean again) {
        host.whenNextSeen(() -> {
            if (writes > 1) {
                crashWhenSeen(host, writes - 1, again);
            } else if (again) {
                crashAgain(host);
            } else {
                stage.crash(host);
            }
        });
    }

    private void crashAll() {
        coverage.count("crashes of all nodes at once");
        stage.hosts.forEach(stage::crash);
    }

    private void pause(SimulatedHost host) {
        if (stage.isOpen()) {
            coverage.count("pauses");
            host.pause(stage.length());
        }
    }

    /** It may become fuller or be given a little space several times, before there is enough. */
    private void fill(SimulatedHost host) {
        if (stage.isOpen()) {
            Room now = random.oneOf(List.of(Room.LOW, Room.SCARCE, Room.NONE));
            coverage.count("disks filled to " + now);
            host.setRoom(now);
            stage.lasting(() -> {
                host.setRoom(Room.AMPLE);
                if (random.chance(0.2)) {
                    fill(host);
                }
            });
        }
    }

    private void slowDisk(SimulatedHost host) {
        coverage.count("slow disks");
        host.diskSpeed().syncNanos = random.between(1_000_000, 100_000_000);
        stage.lasting(() -> host.diskSpeed().syncNanos = 500_000);
    }
}
