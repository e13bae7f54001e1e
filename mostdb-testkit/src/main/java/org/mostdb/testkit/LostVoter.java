package org.mostdb.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * A fault of several steps, which chance alone finds too rarely: a coordinator reaches only one other node, the voter;
 * that one stores something, perhaps for the coordinator, and loses its disk after it has answered; it begins anew
 * while the coordinator reaches nobody; then the coordinator reaches one more node, the witness, and so may count the
 * answers of the two together.
 *
 * <p>All times and choices are drawn, so that it plays the story's neighbours as well.
 */
final class LostVoter {

    private static final long LOOK_NANOS = 5_000_000L;
    private static final long LONGEST_NANOS = 1_000_000_000L;

    private final Stage stage;
    private final DiskFaults disks;
    private final SeededRandom random;
    private final SimulatedNetwork network;
    private final SimulatedHost coordinator;
    private final SimulatedHost voter;
    private final SimulatedHost witness;
    private final Runnable whenOver;
    private boolean lost;
    private boolean over;

    private LostVoter(Stage stage, DiskFaults disks, Runnable whenOver, List<SimulatedHost> actors) {
        this.stage = stage;
        this.whenOver = whenOver;
        this.disks = disks;
        this.random = stage.random;
        this.network = stage.network;
        this.coordinator = actors.get(0);
        this.voter = actors.get(1);
        this.witness = actors.get(2);
    }

    /**
     * Plays it once.
     *
     * @param stage of three nodes at least
     * @param whenOver called at its end, unless the stage is stopped before
     */
    static void strike(Stage stage, DiskFaults disks, Runnable whenOver) {
        List<SimulatedHost> left = new ArrayList<>(stage.hosts);
        List<SimulatedHost> asked =
                stage.hosts.stream().filter(SimulatedHost::isAsked).toList();
        List<SimulatedHost> actors = new ArrayList<>();
        actors.add(stage.random.oneOf(asked.isEmpty() ? left : asked));
        left.removeAll(actors);
        while (actors.size() < 3) {
            SimulatedHost actor = stage.random.oneOf(left);
            left.remove(actor);
            actors.add(actor);
        }
        new LostVoter(stage, disks, whenOver, actors).begin();
    }

    /** A batch that the coordinator writes may be its own, of which the messages are under way. */
    private void begin() {
        switch (random.between(0, 3)) {
            case 0 -> cutOff();
            case 1 -> coordinator.whenNextDurable(this::cutOff);
            default -> coordinator.whenNextSeen(this::cutOff);
        }
        endIfNotLost();
    }

    private void endIfNotLost() {
        stage.time.after(stage.length() + 2 * LOOK_NANOS, () -> {
            if (!lost) {
                end();
            }
        });
    }

    private void cutOff() {
        if (!stage.isOpen() || over) {
            return;
        }
        stage.coverage.count("coordinators that reach one other only");
        boolean bothWays = random.chance(0.7);
        for (SimulatedHost other : stage.hosts) {
            if (other != voter) {
                sever(coordinator, other, bothWays);
            }
        }
        voter.whenNextDurable(() -> {
            lost = !over;
            long answered = random.between(1, 6) * network.weather().delayNanos + random.around(200_000);
            stage.time.after(answered, this::lose);
        });
    }

    private void lose() {
        if (over) {
            return;
        }
        sever(coordinator, voter, true);
        if (!disks.wipe(voter)) {
            end();
            return;
        }
        stage.coverage.count("voters lost after they had answered");
        if (random.chance(0.8)) {
            voter.start();
        } else {
            stage.lasting(voter::start);
        }
        awaitSuccessor(stage.time.nowNanos() + random.between(LONGEST_NANOS / 10, LONGEST_NANOS));
    }

    private void awaitSuccessor(long endNanos) {
        SimulatedNode successor = voter.node();
        boolean isFormed = successor != null && successor.isFormed();
        if (!isFormed && stage.isOpen() && stage.time.nowNanos() < endNanos) {
            stage.time.after(LOOK_NANOS, () -> awaitSuccessor(endNanos));
            return;
        }
        stage.coverage.count("lost voters that are back unknown to their coordinator", isFormed ? 1 : 0);
        openToWitness();
    }

    private void openToWitness() {
        if (!stage.isOpen()) {
            end();
            return;
        }
        network.join(coordinator.place(), witness.place());
        network.join(witness.place(), coordinator.place());
        // What the two have agreed on must not depend on who hears of it soon.
        if (random.chance(0.5)) {
            stage.hosts.stream().filter(other -> other != coordinator).forEach(other -> sever(witness, other, true));
        }
        stage.time.after(random.between(0, LONGEST_NANOS / 10) + random.around(LONGEST_NANOS / 5), this::end);
    }

    private void sever(SimulatedHost one, SimulatedHost other, boolean bothWays) {
        if (one != other && stage.isOpen()) {
            network.sever(one.place(), other.place());
            if (bothWays) {
                network.sever(other.place(), one.place());
            }
        }
    }

    private void end() {
        if (!over && !stage.isStopped()) {
            over = true;
            network.joinAll();
            whenOver.run();
        }
    }
}
