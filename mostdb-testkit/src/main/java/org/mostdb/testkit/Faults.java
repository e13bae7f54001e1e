package org.mostdb.testkit;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What goes wrong in a run: kinds of faults, how often and for how long are drawn at its beginning, and then one fault
 * follows the other, also while earlier ones last, until {@link #stop}.
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
        CLOCK_JUMP,
        CLOCK_RATE,
        SLOW_PROCESS,
        WIPE,
        OLD_DISK_PUT_BACK
    }

    private final VirtualTime time;
    private final SeededRandom random;
    private final Coverage coverage;
    private final SimulatedNetwork network;
    private final List<SimulatedHost> hosts;
    private final List<Kind> kinds = new ArrayList<>();
    private final Set<SimulatedHost> wiped = new LinkedHashSet<>();
    private final Set<SimulatedHost> wipedBeforeForming = new LinkedHashSet<>();
    private final Set<SimulatedHost> mayBePutBack = new LinkedHashSet<>();
    private boolean someFormed;
    private final long gapNanos;
    private final long lengthNanos;
    private boolean stopped;

    Faults(
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
        gapNanos = random.oneOf(List.of(20_000_000L, 60_000_000L, 150_000_000L, 400_000_000L));
        lengthNanos = random.oneOf(List.of(10_000_000L, 50_000_000L, 200_000_000L, 600_000_000L));
        // A run of few kinds goes deeper into each.
        double share = random.oneOf(List.of(0.1, 0.25, 0.5));
        for (Kind kind : EnumSet.allOf(Kind.class)) {
            if (random.chance(share)) {
                kinds.add(kind);
            }
        }
        if (kinds.isEmpty()) {
            kinds.add(Kind.CRASH);
        }
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

    /** A node that lost its disk counts as lost until it belongs to the cluster again. */
    private void look() {
        someFormed |= hosts.stream().anyMatch(Faults::isFormed);
        wiped.removeIf(Faults::isFormed);
    }

    private static boolean isFormed(SimulatedHost host) {
        SimulatedNode node = host.node();
        return node != null && node.isFormed();
    }

    /** The first fault, and from it the others. */
    void begin() {
        time.after(random.around(gapNanos), () -> {
            if (!stopped) {
                strike(random.oneOf(kinds));
                begin();
            }
        });
    }

    /** No new faults, and no more lasting ones. */
    void stop() {
        stopped = true;
        network.heal();
        for (SimulatedHost host : hosts) {
            host.endPause();
            host.disk().mend();
            host.diskSpeed().stuckUntilNanos = 0;
            host.diskSpeed().syncNanos = Math.min(host.diskSpeed().syncNanos, 2_000_000);
            host.setClock(1, 0);
            host.setStepDelay(20_000);
            host.whenNextSeen(() -> {});
            host.whenNextDurable(() -> {});
            host.start();
        }
    }

    private long length() {
        return random.between(1_000, lengthNanos / 5) + random.around(lengthNanos);
    }

    private void lasting(Runnable end) {
        time.after(length(), () -> {
            if (!stopped) {
                end.run();
            }
        });
    }

    private void strike(Kind kind) {
        SimulatedHost host = random.oneOf(hosts);
        coverage.count("faults");
        switch (kind) {
            case CRASH -> crash(host);
            case CRASH_SOON_AFTER_START -> crashAgain(host);
            case CRASH_WHEN_SEEN -> host.whenNextSeen(() -> crash(host));
            case CRASH_WHEN_DURABLE -> host.whenNextDurable(() -> crash(host));
            case CRASH_OF_ALL -> crashAll();
            case CRASH_OF_ALL_WHEN_SEEN ->
                host.whenNextSeen(() -> time.after(random.around(host.diskSpeed().syncNanos), () -> {
                    if (!stopped) {
                        crashAll();
                    }
                }));
            case PAUSE -> pause(host);
            case PAUSE_WHEN_SEEN -> host.whenNextSeen(() -> pause(host));
            case SPLIT -> split();
            case ONE_WAY -> {
                coverage.count("one-way partitions");
                blockOneWay(host, random.oneOf(hosts));
            }
            case BRIDGE -> bridge(host);
            case ISOLATION -> {
                coverage.count("isolated nodes");
                hosts.forEach(other -> {
                    blockOneWay(host, other);
                    blockOneWay(other, host);
                });
            }
            case DISCONNECT -> {
                coverage.count("broken connections");
                network.disconnect(host.place(), random.oneOf(hosts).place());
            }
            case SLOW_LINK -> slowLink(host.place(), random.oneOf(hosts).place());
            case BAD_WEATHER -> badWeather();
            case STUCK_DISK -> {
                coverage.count("stuck disks");
                host.diskSpeed().stuckUntilNanos = time.nowNanos() + length();
            }
            case SLOW_DISK -> slowDisk(host);
            case FAILED_SYNC -> host.disk().failNextWrite(random.chance(0.5));
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
                lasting(() -> host.setStepDelay(20_000));
            }
            case WIPE -> wipe(host);
            case OLD_DISK_PUT_BACK -> putBackOldDisk(host);
        }
    }

    /** A life that ends with its first write, or a little later. */
    private void crashAgain(SimulatedHost host) {
        coverage.count("lives that a crash ended soon");
        boolean withFirstWrite = random.chance(0.8);
        boolean again = random.chance(0.5);
        host.crash();
        lasting(() -> {
            host.start();
            if (withFirstWrite) {
                host.whenNextSeen(again ? () -> crashAgain(host) : () -> crash(host));
            } else {
                lasting(() -> crash(host));
            }
        });
    }

    private void crash(SimulatedHost host) {
        host.crash();
        lasting(host::start);
    }

    private void crashAll() {
        coverage.count("crashes of all nodes at once");
        hosts.forEach(this::crash);
    }

    private void pause(SimulatedHost host) {
        coverage.count("pauses");
        host.pause(length());
    }

    private void wipe(SimulatedHost host) {
        if (mayBeWiped(host)) {
            coverage.count("wiped disks");
            // A disk of before may be of a cluster that never was: its node would rightly never serve again.
            if (hosts.stream().filter(Faults::isFormed).count() > hosts.size() / 2) {
                mayBePutBack.add(host);
            } else {
                mayBePutBack.remove(host);
            }
            host.crash();
            host.disk().wipe();
            lasting(host::start);
        }
    }

    /** What is on it was once given up: the node may not go on with it if another has its place. */
    private void putBackOldDisk(SimulatedHost host) {
        if (mayBePutBack.contains(host) && mayBeWiped(host)) {
            host.crash();
            coverage.count("old disks put back", host.disk().putBack() ? 1 : 0);
            lasting(host::start);
        }
    }

    /** At most a minority may be without its memory at a time. */
    private boolean mayBeWiped(SimulatedHost host) {
        look();
        Set<SimulatedHost> lost = new LinkedHashSet<>(wiped);
        lost.addAll(wipedBeforeForming);
        lost.add(host);
        boolean isAllowed = lost.size() <= (hosts.size() - 1) / 2;
        if (isAllowed) {
            (someFormed ? wiped : wipedBeforeForming).add(host);
        }
        return isAllowed;
    }

    private void split() {
        coverage.count("partitions");
        List<SimulatedHost> side =
                hosts.stream().filter(unused -> random.chance(0.5)).toList();
        for (SimulatedHost one : side) {
            for (SimulatedHost other : hosts) {
                if (!side.contains(other)) {
                    blockOneWay(one, other);
                    blockOneWay(other, one);
                }
            }
        }
    }

    /** Two sides that reach each other only through one node. */
    private void bridge(SimulatedHost between) {
        coverage.count("bridge partitions");
        for (SimulatedHost one : hosts) {
            for (SimulatedHost other : hosts) {
                boolean otherSide = (one.place() + between.place()) % 2 != (other.place() + between.place()) % 2;
                if (one != between && other != between && otherSide) {
                    blockOneWay(one, other);
                }
            }
        }
    }

    private void blockOneWay(SimulatedHost from, SimulatedHost to) {
        if (from != to) {
            network.block(from.place(), to.place());
            if (random.chance(0.3)) {
                network.disconnect(from.place(), to.place());
            }
            lasting(() -> network.unblock(from.place(), to.place()));
        }
    }

    private void slowLink(int from, int to) {
        coverage.count("slow links");
        network.slowDown(from, to, length());
        lasting(() -> network.slowDown(from, to, 0));
    }

    private void badWeather() {
        coverage.count("bad weather");
        SimulatedNetwork.Weather weather = network.weather();
        weather.loss = random.nextDouble() / 2;
        weather.duplication = random.nextDouble() / 2;
        weather.straggling = random.nextDouble() / 4;
        lasting(() -> {
            weather.loss = 0.01;
            weather.duplication = 0.01;
            weather.straggling = 0.01;
        });
    }

    private void slowDisk(SimulatedHost host) {
        coverage.count("slow disks");
        host.diskSpeed().syncNanos = random.between(1_000_000, 100_000_000);
        lasting(() -> host.diskSpeed().syncNanos = 500_000);
    }
}
