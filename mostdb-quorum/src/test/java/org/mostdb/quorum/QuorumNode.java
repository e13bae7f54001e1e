package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.NodeId;
import org.mostdb.api.OutcomeUnknownException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.api.spi.Room;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.SimulatedHost;
import org.mostdb.testkit.SimulatedNode;
import org.mostdb.testkit.SimulatedRun;

/**
 * The very {@link QuorumCore} and {@link CellStore} that ship, run in a simulation the way {@link Driver} runs them. A
 * known-bad variant overrides one of the steps between the core and its surroundings.
 */
class QuorumNode implements SimulatedNode, Effects {

    /** So that logs of changes are gone through. */
    private static final long FEW_LOG_KEYS = 5;

    private static final long CATCH_UP_BYTES_PER_SECOND = 10_000;
    private static final int TURN_AFTER_WRITES = 2;
    static final long RECLAIM_DELAY_NANOS = 20_000_000;

    final SimulatedHost host;
    final CellStore store;
    final QuorumCore core;
    private final SimulatedRun.Settings settings;
    private final QuorumCoverage coverage;
    private final Map<NodeId, List<Message>> outbox = new LinkedHashMap<>();
    private final List<Replica.ReadJob> reads = new ArrayList<>();
    private final List<CellStore.ScanJob> scans = new ArrayList<>();
    private PeerHello hello;
    private Room room = Room.AMPLE;

    QuorumNode(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
        this(host, settings, coverage, CellStore.open(host.disk(), Durability.SYNC, host.random(), FEW_LOG_KEYS));
    }

    QuorumNode(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage, CellStore store) {
        this(host, settings, coverage, store, new TagSource(store.epoch(), store.node()), RECLAIM_DELAY_NANOS);
    }

    QuorumNode(
            SimulatedHost host,
            SimulatedRun.Settings settings,
            QuorumCoverage coverage,
            CellStore store,
            TagSource tags,
            long reclaimDelayNanos) {
        this.host = host;
        this.store = store;
        this.settings = settings;
        this.coverage = coverage;
        QuorumCore.Config config = new QuorumCore.Config(
                host.link().peers(),
                settings.peerTimeoutNanos(),
                host.link().maxMessageBytes(),
                host.random().nextLong() >>> 1,
                CATCH_UP_BYTES_PER_SECOND,
                reclaimDelayNanos,
                TURN_AFTER_WRITES);
        core = new QuorumCore(config, store, this, tags, host.clockNanos());
        hello = core.hello();
        coverage.claims().stored(store, store.sequence());
    }

    @Override
    public void advance(long nowNanos) {
        core.advance(nowNanos);
    }

    @Override
    public void tick() {
        room = host.room();
        core.setRoom(room);
        core.tick();
    }

    @Override
    public void flush() {
        core.flush();
        while (!reads.isEmpty()) {
            List<Replica.ReadJob> now = List.copyOf(reads);
            reads.clear();
            now.forEach(this::doRead);
            core.flush();
        }
        List<CellStore.ScanJob> toScan = List.copyOf(scans);
        scans.clear();
        toScan.forEach(this::doScan);
        outbox.forEach((to, messages) -> {
            for (byte[] frame : MessageCodec.encode(messages, host.link().maxMessageBytes())) {
                host.link().send(to, frame);
            }
        });
        outbox.clear();
        hello = core.hello();
        coverage.lookedAt(this, core);
    }

    /** Few cells at a time, so that a copy takes several steps. */
    private static CellStore.ScanJob shortened(CellStore.ScanJob job) {
        return new CellStore.ScanJob(job.from(), 100, job.then());
    }

    private void doScan(CellStore.ScanJob job) {
        try {
            core.scanned(job, store.scan(shortened(job)));
        } catch (StorageException e) {
            storeFailed(e);
        }
    }

    private void storeFailed(StorageException reason) {
        host.coverage().count("damage found by reading");
        core.storeFailed(reason);
        host.storeFailed();
    }

    /** Reads cells for the core. */
    void doRead(Replica.ReadJob job) {
        List<@Nullable Cell> cells = new ArrayList<>();
        try {
            for (Bytes key : job.keys()) {
                cells.add(read(key));
            }
        } catch (StorageException e) {
            storeFailed(e);
            return;
        }
        boolean[] answered = new boolean[1];
        Consumer<List<@Nullable Cell>> then = found -> {
            answered[0] = true;
            job.then().accept(found);
        };
        core.read(new Replica.ReadJob(job.keys(), then), cells);
        if (!answered[0]) {
            host.coverage().count("reads held because they found unsynced cells");
        }
    }

    /** Reads a cell for the core. */
    @Nullable
    Cell read(Bytes key) {
        return store.read(key);
    }

    @Override
    public boolean verifiesWhatItReads() {
        return true;
    }

    @Override
    public void submit(Call call, Consumer<Answer> answer) {
        Operation[] asked = new Operation[1];
        asked[0] = new Operation(
                Operation.Kind.valueOf(call.kind().name()),
                Bytes.utf8(call.key()),
                call.kind() == Call.Kind.SET ? Bytes.utf8(call.value()) : null,
                host.clockNanos() + settings.operationTimeoutNanos(),
                () -> {
                    Operation.Outcome outcome = asked[0].outcome.join();
                    coverage.ended(this, room, call.kind(), outcome);
                    answer.accept(answerOf(outcome));
                });
        core.submit(asked[0]);
    }

    private static Answer answerOf(Operation.Outcome outcome) {
        return switch (outcome) {
            case Operation.Outcome.Written unused -> new Answer.Written();
            case Operation.Outcome.Found found ->
                found.cell()
                        .filter(cell -> !cell.isTombstone())
                        .<Answer>map(cell -> new Answer.Found(cell.value().toUtf8()))
                        .orElseGet(Answer.Absent::new);
            case Operation.Outcome.Failed failed ->
                failed.reason() instanceof OutcomeUnknownException
                        ? new Answer.Unknown(String.valueOf(failed.reason().getMessage()))
                        : new Answer.NotApplied(String.valueOf(failed.reason().getMessage()));
        };
    }

    @Override
    public boolean isFormed() {
        return core.members().isVoting() && coverage.isNewestMember(store.node());
    }

    /** By what is in the store already, although the node may know more: see {@link Checking}. */
    @Override
    public boolean remembersMoreThan(StorageEngine copy) {
        Optional<byte[]> node = CellStore.record(copy, CellStore.NODE);
        Optional<byte[]> epochs = CellStore.record(copy, CellStore.EPOCHS);
        Optional<byte[]> progress = CellStore.record(copy, CellStore.PROGRESS);
        if (node.isEmpty() || epochs.isEmpty() || progress.isEmpty()) {
            return false;
        }
        NodeId owner = new NodeId(ByteBuffer.wrap(node.get()).getLong());
        Mark mark = recordedMarks().get(owner);
        if (mark == null || !core.members().isMember(owner)) {
            return false;
        }
        long lastSequence = ByteBuffer.wrap(progress.get()).getLong();
        return !Lives.decode(epochs.get()).next(0, lastSequence + 1).hold(mark);
    }

    private Map<NodeId, Mark> recordedMarks() {
        try {
            return Marks.decode(ByteBuffer.wrap(store.recorded(CellStore.MemberRecord.MARKS)));
        } catch (CorruptStoreException e) {
            return Map.of();
        }
    }

    @Override
    public PeerHello hello() {
        return hello;
    }

    @Override
    public Optional<String> refuse(PeerHello remote) {
        Optional<String> own = hello.clusterId();
        boolean isOther = own.isPresent() && remote.clusterId().isPresent() && !own.equals(remote.clusterId());
        return isOther ? Optional.of("another cluster") : Optional.empty();
    }

    @Override
    public void connected(int peer, PeerHello remote) {
        host.post(() -> core.connected(peer, remote));
    }

    @Override
    public void accepted(PeerHello remote) {
        host.post(() -> core.accepted(remote));
    }

    @Override
    public void received(NodeId from, byte[] frame) {
        try {
            for (Message message : MessageCodec.decode(frame)) {
                host.post(() -> received(from, message));
            }
        } catch (MalformedException e) {
            host.coverage().count("frames ignored because they are damaged");
        }
    }

    /** Hands a message to the core. */
    void received(NodeId from, Message message) {
        coverage.received(this, core.floor(), message);
        coverage.cameToFullDisk(this, room, message);
        core.received(from, message);
    }

    @Override
    public void disconnected(NodeId node) {
        host.post(() -> core.disconnected(node));
    }

    @Override
    public void send(NodeId to, Message message) {
        coverage.sent(this, to, message);
        outbox.computeIfAbsent(to, unused -> new ArrayList<>()).add(message);
    }

    @Override
    public void write(WriteJob job) {
        long[] sequence = new long[1];
        host.coverage().count("batches that dropped tombstones", job.settled() >= store.lowestTombstone() ? 1 : 0);
        host.write(
                () -> {
                    sequence[0] = store.write(job);
                    coverage.claims().stored(store, sequence[0]);
                },
                () -> core.written(sequence[0]),
                core::storeFailed);
    }

    @Override
    public void read(Replica.ReadJob job) {
        reads.add(job);
    }

    @Override
    public void scan(CellStore.ScanJob job) {
        scans.add(job);
    }

    @Override
    public void giveClientsTheirTurn() {
        host.coverage().count("turns of those whose writes ended");
        if (host.random().chance(0.9)) {
            host.postAfter(host.random().around(100_000), core::clientsHadTheirTurn);
        } else {
            host.coverage().count("turns that only the clock ended");
        }
    }

    @Override
    public Map<String, String> holds() {
        Map<String, String> cells = new TreeMap<>();
        store.scan(new CellStore.ScanJob(Cursor.ofAll(), Integer.MAX_VALUE, unused -> {}))
                .cells()
                .forEach((key, cell) -> {
                    if (coverage.floor().present(cell) != null) {
                        cells.put(key.toUtf8(), cell.tag() + (cell.isTombstone() ? "" : " " + cell.value()));
                    }
                });
        return cells;
    }

    @Override
    public void note(Level level, String text) {
        // An operator's log would say so; the simulation looks at what nodes do.
    }

    @Override
    public void stop(String reason) {
        throw new IllegalStateException("node " + host.place() + " wants to be stopped: " + reason);
    }

    @Override
    public void startAnew(String reason) {
        host.coverage().count("lives that began anew with an empty store");
        coverage.beganAnew(this);
        host.startAnew();
    }
}
