package org.mostdb.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerLink;
import org.mostdb.api.spi.Room;

/**
 * The machine that a node runs on: it starts it, steps it, pauses it, makes its clock wrong and crashes it. The disk
 * stays, the rest of a life is gone with it.
 */
public final class SimulatedHost implements SimulatedNetwork.End {

    private static final long TICK_NANOS = 10_000_000L;
    private static final long RESTART_NANOS = 300_000_000L;
    private static final long RETRY_NANOS = 100_000_000L;

    /** How a disk behaves while nothing special happens to it. */
    public static final class DiskSpeed {
        /** The mean time of a sync. */
        public long syncNanos = 1_000_000;
        /** How long before its sync is over a batch can be seen, as a part of that time. */
        public double seenEarly = 1;
        /** No sync ends before this. */
        public long stuckUntilNanos;
    }

    /** Makes a node's next life. */
    public interface Factory {

        /**
         * Opens the store and makes the node; what is written meanwhile is durable before the node takes its first
         * step.
         *
         * @throws StorageException if the disk fails; the host tries again
         */
        SimulatedNode start(SimulatedHost host);
    }

    private final int place;
    private final VirtualTime time;
    private final SeededRandom random;
    private final Coverage coverage;
    private final SimulatedNetwork network;
    private final Factory factory;
    private final SimulatedDisk disk = new SimulatedDisk();
    private final DiskSpeed diskSpeed = new DiskSpeed();
    private final Map<Long, Consumer<Answer>> calls = new LinkedHashMap<>();
    private List<Runnable> inbox = new ArrayList<>();
    private @Nullable SimulatedNode node;
    private boolean started;
    private boolean stepIsDue;
    private boolean tickIsDue;
    private int life;
    private int failedLife;
    private int begunAnew;
    private int unacknowledged;
    private long lastCall;
    private long pausedUntilNanos;
    private long stepDelayNanos = 20_000;
    private double clockRate = 1;
    private long clockNanos;
    private long clockSetNanos;
    private Room room = Room.AMPLE;
    private BooleanSupplier givesUpFailedStore = () -> false;
    private @Nullable Runnable whenSeen;
    private @Nullable Runnable whenDurable;

    SimulatedHost(
            int place,
            VirtualTime time,
            SeededRandom random,
            Coverage coverage,
            SimulatedNetwork network,
            Factory factory) {
        this.place = place;
        this.time = time;
        this.random = random;
        this.coverage = coverage;
        this.network = network;
        this.factory = factory;
        this.clockNanos = random.between(1, 1_000_000_000_000L);
        network.plug(place, this);
    }

    /** Which of the nodes it is, from 0. */
    public int place() {
        return place;
    }

    /** The disk, which outlives the node. */
    public SimulatedDisk disk() {
        return disk;
    }

    /** How fast the disk is; may be changed at any time. */
    public DiskSpeed diskSpeed() {
        return diskSpeed;
    }

    /** What there is room for on the disk. A node may learn of a change a little later. */
    public Room room() {
        return room;
    }

    /** The disk fills, or is given space. */
    void setRoom(Room now) {
        room = now;
    }

    /** Who says, when the store has failed, whether the node begins its next life with an empty disk. */
    void setGivesUpFailedStore(BooleanSupplier decision) {
        givesUpFailedStore = decision;
    }

    /** The way to the other nodes. */
    public PeerLink link() {
        return network.link(place);
    }

    /** The run's chance. */
    public SeededRandom random() {
        return random;
    }

    /** What happened in the run. */
    public Coverage coverage() {
        return coverage;
    }

    /** What this machine's clock shows, in nanoseconds. Never goes back during a life. */
    public long clockNanos() {
        return clockNanos + (long) ((time.nowNanos() - clockSetNanos) * clockRate);
    }

    /** The node, while it runs. */
    public @Nullable SimulatedNode node() {
        return started ? node : null;
    }

    /** Whether it has begun a life that has not ended. */
    public boolean isUp() {
        return node != null;
    }

    /** Whether it runs, is not paused, and its disk has not failed in this life. */
    boolean isSound() {
        return isAwake() && failedLife != life;
    }

    /** Whether it owes answers to clients. */
    boolean isAsked() {
        return !calls.isEmpty();
    }

    /** How often its node has asked for an empty disk. */
    int begunAnew() {
        return begunAnew;
    }

    @Override
    public @Nullable PeerHandler handler() {
        return node();
    }

    @Override
    public boolean isAwake() {
        return started && time.nowNanos() >= pausedUntilNanos;
    }

    @Override
    public int life() {
        return life;
    }

    /** Begins a life. */
    void start() {
        if (node != null) {
            return;
        }
        if (room == Room.NONE) {
            coverage.count("starts refused because the disk is full");
            time.after(random.around(RETRY_NANOS), this::start);
            return;
        }
        life++;
        int thisLife = life;
        try {
            node = factory.start(this);
        } catch (CorruptStoreException e) {
            coverage.count("damage found at a start");
            disk.crash(random);
            giveUpIfDecided();
            time.after(random.around(RETRY_NANOS), this::start);
            return;
        } catch (StorageException e) {
            coverage.count("starts that failed");
            disk.crash(random);
            time.after(random.around(RETRY_NANOS), this::start);
            return;
        }
        sync(() -> begin(thisLife));
    }

    private void begin(int thisLife) {
        SimulatedNode starting = node;
        if (life == thisLife && starting != null) {
            started = true;
            link().start(starting);
            tick(thisLife);
        }
    }

    private void tick(int thisLife) {
        if (life == thisLife) {
            tickIsDue = true;
            requestStep();
            time.after(TICK_NANOS, () -> tick(thisLife));
        }
    }

    /** Ends this life soon, and begins another with an empty disk. */
    public void startAnew() {
        int thisLife = life;
        time.after(0, () -> {
            if (life == thisLife) {
                begunAnew++;
                crash();
                disk.wipe();
                start();
            }
        });
    }

    /** Ends a life at once. What was not durable is lost, wholly or in part. */
    void crash() {
        SimulatedNode crashed = node;
        if (crashed == null) {
            return;
        }
        coverage.count("crashes");
        coverage.count("crashes before the cluster was formed", crashed.isFormed() ? 0 : 1);
        coverage.count("crashes while a write was seen and not durable", disk.isSyncing() ? 1 : 0);
        coverage.count("crashes between durable and acknowledged", unacknowledged);
        coverage.count("batches that a crash took back", disk.crash(random));
        life++;
        node = null;
        started = false;
        stepIsDue = false;
        inbox.clear();
        unacknowledged = 0;
        whenSeen = null;
        whenDurable = null;
        pausedUntilNanos = 0;
        network.disconnectAll(place);
        List<Consumer<Answer>> open = List.copyOf(calls.values());
        calls.clear();
        open.forEach(call -> call.accept(new Answer.Unknown("the node crashed")));
    }

    /** Stops the process for a while; what comes meanwhile waits. */
    void pause(long nanos) {
        pausedUntilNanos = Math.max(pausedUntilNanos, time.nowNanos() + nanos);
    }

    /** The process goes on at once. */
    void endPause() {
        pausedUntilNanos = 0;
        SimulatedNode resumed = node;
        if (resumed != null && stepIsDue) {
            stepIsDue = false;
            requestStep();
        }
    }

    /** From now on this machine's clock is so much faster than the time, after a jump. */
    void setClock(double rate, long jumpNanos) {
        clockNanos = clockNanos() + jumpNanos;
        clockSetNanos = time.nowNanos();
        clockRate = rate;
    }

    /** From now on the process waits so long for its turn to run. */
    void setStepDelay(long nanos) {
        stepDelayNanos = nanos;
    }

    /** Calls once when the next batch is seen and not durable yet. */
    void whenNextSeen(Runnable trap) {
        whenSeen = trap;
    }

    /** Calls once when the next batch is durable and the node has not been told. */
    void whenNextDurable(Runnable trap) {
        whenDurable = trap;
    }

    /** Hands an input to the node's next step; if it crashes first, the input is lost. */
    public void post(Runnable input) {
        inbox.add(input);
        requestStep();
    }

    /** As {@link #post}, after a while. */
    public void postAfter(long nanos, Runnable input) {
        int thisLife = life;
        time.after(nanos, () -> {
            if (life == thisLife) {
                post(input);
            }
        });
    }

    private void requestStep() {
        if (!stepIsDue && started) {
            stepIsDue = true;
            int thisLife = life;
            time.after(random.around(stepDelayNanos), () -> step(thisLife));
        }
    }

    private void step(int thisLife) {
        SimulatedNode stepped = node;
        if (life != thisLife || stepped == null) {
            return;
        }
        if (!isAwake()) {
            time.after(pausedUntilNanos - time.nowNanos(), () -> step(thisLife));
            return;
        }
        stepIsDue = false;
        List<Runnable> inputs = inbox;
        inbox = new ArrayList<>();
        stepped.advance(clockNanos());
        inputs.forEach(Runnable::run);
        if (tickIsDue) {
            tickIsDue = false;
            stepped.tick();
        }
        stepped.flush();
    }

    /**
     * Writes to the disk as a driver's writing thread does.
     *
     * @param writing makes the batch seen; it may throw a {@link StorageException}
     * @param durable posted once the batch is durable
     * @param failed posted if {@code writing} threw
     */
    public void write(Runnable writing, Runnable durable, Consumer<StorageException> failed) {
        int thisLife = life;
        long unseen = (long) (diskSpeed.syncNanos * (1 - diskSpeed.seenEarly));
        time.after(random.around(stepDelayNanos) + unseen, () -> {
            if (life != thisLife) {
                return;
            }
            try {
                writing.run();
            } catch (StorageException e) {
                coverage.count("disk writes that failed");
                post(() -> failed.accept(e));
                storeFailed();
                return;
            }
            Runnable trap = whenSeen;
            whenSeen = null;
            if (trap != null) {
                trap.run();
            }
            if (life != thisLife) {
                return;
            }
            sync(() -> acknowledge(thisLife, durable));
        });
    }

    /** The node has found that its store has failed: its next life begins soon, perhaps with an empty disk. */
    public void storeFailed() {
        if (failedLife != life) {
            failedLife = life;
            int thisLife = life;
            time.after(random.around(RESTART_NANOS), () -> restart(thisLife));
        }
    }

    private void restart(int thisLife) {
        if (life == thisLife) {
            crash();
            giveUpIfDecided();
            start();
        }
    }

    private void giveUpIfDecided() {
        if (givesUpFailedStore.getAsBoolean()) {
            coverage.count("failed stores given up");
            disk.wipe();
        }
    }

    private void acknowledge(int thisLife, Runnable durable) {
        if (life != thisLife) {
            return;
        }
        Runnable trap = whenDurable;
        whenDurable = null;
        unacknowledged++;
        post(() -> {
            unacknowledged--;
            durable.run();
        });
        if (trap != null) {
            trap.run();
        }
    }

    /** Calls when all that was asked to be durable is. */
    private void sync(Runnable done) {
        int thisLife = life;
        long number = disk.toSync();
        long nanos = disk.isSyncing() ? diskSpeed.syncNanos / 4 + random.around(diskSpeed.syncNanos) : 0;
        time.after(nanos, () -> endSync(thisLife, number, done));
    }

    private void endSync(int thisLife, long number, Runnable done) {
        if (life != thisLife) {
            return;
        }
        long left = diskSpeed.stuckUntilNanos - time.nowNanos();
        if (left > 0) {
            // In small steps, because it may be mended meanwhile.
            time.after(Math.min(left, TICK_NANOS), () -> endSync(thisLife, number, done));
        } else {
            disk.makeDurable(number);
            done.run();
        }
    }

    /**
     * A client asks this node.
     *
     * @param answer called once, at the latest when the node crashes
     * @return false if the node does not run: nothing was asked
     */
    public boolean submit(Call call, Consumer<Answer> answer) {
        SimulatedNode asked = node();
        if (asked == null) {
            return false;
        }
        long id = ++lastCall;
        calls.put(id, answer);
        post(() -> asked.submit(call, result -> {
            Consumer<Answer> waiting = calls.remove(id);
            if (waiting != null) {
                waiting.accept(result);
            }
        }));
        return true;
    }
}
