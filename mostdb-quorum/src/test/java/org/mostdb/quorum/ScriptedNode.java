package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

/** One life of a node in a test that decides what happens when. Its disk is quick. */
final class ScriptedNode extends SilentEffects {

    static final long HEARTBEAT_NANOS = 1_000_000_000L;
    private static final long RECLAIM_DELAY_NANOS = 3 * HEARTBEAT_NANOS;
    static final int HEARTBEATS_PER_TIMEOUT = 5;
    static final int TURN_AFTER_WRITES = 3;

    /** Takes what a node sends. */
    interface Post {
        void send(ScriptedNode from, NodeId to, Message message);
    }

    final int place;
    final SimulatedDisk disk;
    final CellStore store;
    final QuorumCore core;
    final List<String> notes = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    int writes;
    int turns;

    /** Why this life is to end, once it is. */
    @Nullable
    String beganAnewBecause;

    private final LongSupplier nowNanos;
    private final Post post;
    private final List<Runnable> inputs = new ArrayList<>();
    /** Scans that are asked for, and do not begin; null if they begin at once. */
    private @Nullable List<CellStore.ScanJob> heldScans;

    /**
     * @param size of the cluster
     * @param seed not used for another life
     */
    ScriptedNode(int place, int size, SimulatedDisk disk, long seed, LongSupplier nowNanos, Post post) {
        this.place = place;
        this.disk = disk;
        this.nowNanos = nowNanos;
        this.post = post;
        store = CellStore.open(disk, Durability.SYNC, new SeededRandom(seed));
        List<URI> others = IntStream.range(0, size)
                .filter(other -> other != place)
                .mapToObj(other -> URI.create("http://node" + other))
                .toList();
        core = new QuorumCore(
                new QuorumCore.Config(
                        others,
                        HEARTBEATS_PER_TIMEOUT * HEARTBEAT_NANOS,
                        1 << 20,
                        1000 * seed,
                        8 << 20,
                        RECLAIM_DELAY_NANOS,
                        TURN_AFTER_WRITES),
                store,
                this,
                nowNanos.getAsLong());
    }

    NodeId id() {
        return store.node();
    }

    Members members() {
        return core.members();
    }

    boolean beginsAnew() {
        return beganAnewBecause != null;
    }

    /** It has connected to another one, and that one to it. */
    void meet(ScriptedNode other) {
        core.advance(nowNanos.getAsLong());
        core.connected(other.place < place ? other.place : other.place - 1, other.core.hello());
        core.accepted(other.core.hello());
    }

    /** Time has passed. */
    void tick() {
        core.advance(nowNanos.getAsLong());
        core.tick();
        step();
    }

    /** A message has come. */
    void receive(NodeId from, Message message) {
        core.received(from, message);
        step();
    }

    /** A client asks for the one key of these tests. */
    Operation submit(Operation.Kind kind, @Nullable Bytes value, long deadlineNanos) {
        Operation operation = new Operation(kind, Bytes.utf8("key"), value, deadlineNanos, () -> {});
        core.submit(operation);
        step();
        return operation;
    }

    private void step() {
        core.advance(nowNanos.getAsLong());
        do {
            List<Runnable> now = List.copyOf(inputs);
            inputs.clear();
            now.forEach(Runnable::run);
            core.flush();
        } while (!inputs.isEmpty());
    }

    @Override
    public void send(NodeId to, Message message) {
        post.send(this, to, message);
    }

    @Override
    public void write(WriteJob job) {
        writes++;
        long sequence = store.write(job);
        inputs.add(() -> core.written(sequence));
    }

    @Override
    public void read(Replica.ReadJob job) {
        List<@Nullable Cell> cells = new ArrayList<>();
        job.keys().forEach(key -> cells.add(store.read(key)));
        inputs.add(() -> core.read(job, cells));
    }

    /** From now on scans are asked for and do not begin. */
    void holdScans() {
        heldScans = new ArrayList<>();
    }

    boolean hasHeldScan() {
        return heldScans != null && !heldScans.isEmpty();
    }

    /** They begin now. */
    void letScansGo() {
        List<CellStore.ScanJob> held = Objects.requireNonNull(heldScans);
        heldScans = null;
        held.forEach(this::scan);
        step();
    }

    @Override
    public void scan(CellStore.ScanJob job) {
        if (heldScans != null) {
            heldScans.add(job);
            return;
        }
        CellStore.Stretch stretch = store.scan(job);
        inputs.add(() -> core.scanned(job, stretch));
    }

    /** A test calls {@link #clientsHadTheirTurn}, or the tick ends it. */
    @Override
    public void giveClientsTheirTurn() {
        turns++;
    }

    void clientsHadTheirTurn() {
        core.clientsHadTheirTurn();
        step();
    }

    @Override
    public void note(Level level, String text) {
        notes.add(text);
        if (level == Level.WARNING) {
            warnings.add(text);
        }
    }

    @Override
    public void startAnew(String reason) {
        beganAnewBecause = reason;
    }
}
