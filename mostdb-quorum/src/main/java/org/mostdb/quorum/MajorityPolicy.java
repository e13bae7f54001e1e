package org.mostdb.quorum;

import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.Entry;
import org.mostdb.api.Guarantee;
import org.mostdb.api.MemberState;
import org.mostdb.api.MemberStatus;
import org.mostdb.api.OverloadedException;
import org.mostdb.api.StorageException;
import org.mostdb.api.Version;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Metrics;
import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.PolicySettings;
import org.mostdb.api.spi.ReplicationPolicy;
import org.mostdb.quorum.Operation.Outcome;

/**
 * Leaderless majority writes: every key is a linearizable register, served by every node, for as long as a majority of
 * the members is up. {@code docs/protocol.md} has the protocol, {@code docs/consistency.md} why it holds.
 */
final class MajorityPolicy implements ReplicationPolicy {

    /** Measured: with fewer, 16 clients lose more by it than 64 gain. */
    static final int TURN_AFTER_WRITES = 20;

    private static final long STATUS_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** What a node needs of its heap in any case. */
    private static final long OWN_BYTES = 24L << 20;

    /** What waits in the replica is a quarter of the rest at most, see {@link Replica}. */
    private static final long MESSAGES_PER_HEAP = 32;

    private final PolicyContext context;
    private final PolicySettings settings;
    private final Driver driver;
    private final AbandonedOperations abandoned;
    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicLong operationBytes = new AtomicLong();
    private final Count writeBacks;
    private final Count voidedVotes;
    private final Count refusedReplaced;
    private final Count caughtUp;
    private long nextStatusNanos;
    private volatile ClusterStatus status;
    private volatile int queued;
    private volatile boolean closed;

    /** A counter of what the core has counted itself. */
    private static final class Count {

        private final Metrics.Counter counter;
        private long counted;

        private Count(Metrics.Counter counter) {
            this.counter = counter;
        }

        private void reached(long total) {
            counter.add(total - counted);
            counted = total;
        }
    }

    private MajorityPolicy(PolicyContext context) {
        this.context = context;
        this.settings = context.settings();
        CellStore store = CellStore.open(context.engine(), settings.durability(), context.random());
        QuorumCore.Config config = new QuorumCore.Config(
                context.peerLink().peers(),
                settings.peerTimeout().toNanos(),
                batchedMessageBytes(context.peerLink().maxMessageBytes()),
                context.random().nextLong() >>> 1,
                settings.catchUpBytesPerSecond(),
                settings.reclaimDelay().toNanos(),
                TURN_AFTER_WRITES);
        status = new ClusterStatus(Optional.empty(), false, false, "starting", List.of());
        Metrics metrics = context.metrics();
        writeBacks = new Count(metrics.counter(
                "mostdb_read_write_backs_total", "Keys that a read stored on a majority before it answered"));
        voidedVotes = new Count(metrics.counter(
                "mostdb_voided_votes_total", "Rounds of which a vote was taken back, as its giver is replaced"));
        refusedReplaced = new Count(
                metrics.counter("mostdb_refused_replaced_total", "Messages refused because their sender is replaced"));
        caughtUp = new Count(
                metrics.counter("mostdb_catch_up_cells_total", "Cells taken from other members that this one missed"));
        driver = new Driver(context, config, store, this::look);
        abandoned = new AbandonedOperations(settings.operationTimeout());
        registerGauges(context.metrics());
    }

    /**
     * What batches and queues of the core are measured by: less than the link allows where the heap is small. A single
     * key and value is sent in any case.
     */
    private static int batchedMessageBytes(int maxMessageBytes) {
        long heapBytes = Runtime.getRuntime().maxMemory();
        long freeBytes = Math.max(heapBytes - OWN_BYTES, heapBytes / 4);
        return (int) Math.min(maxMessageBytes, freeBytes / MESSAGES_PER_HEAP);
    }

    static MajorityPolicy start(PolicyContext context) {
        MajorityPolicy policy = new MajorityPolicy(context);
        policy.driver.start();
        policy.abandoned.start();
        return policy;
    }

    private void registerGauges(Metrics metrics) {
        metrics.gauge("mostdb_operations", "Client operations that wait or run", "", operations::get);
        metrics.gauge("mostdb_operations_bytes", "Bytes of their keys and values", "", operationBytes::get);
        metrics.gauge("mostdb_queued_operations", "Client operations that wait for the next batch", "", () -> queued);
        List<URI> peers = context.peerLink().peers();
        for (int i = 0; i < peers.size(); i++) {
            int place = i + 1;
            metrics.gauge(
                    "mostdb_peer_up", "1 if the member is up", peers.get(i).toString(), () -> isUp(place) ? 1 : 0);
            metrics.gauge(
                    "mostdb_peer_behind",
                    "Batches of this node that the member is not known to hold",
                    peers.get(i).toString(),
                    () -> behind(place));
        }
    }

    private long behind(int place) {
        List<MemberStatus> members = status.members();
        return place < members.size() ? members.get(place).behind().orElse(0) : 0;
    }

    private boolean isUp(int place) {
        List<MemberStatus> members = status.members();
        return place < members.size() && members.get(place).state() == MemberState.UP;
    }

    @Override
    public Set<Guarantee> guarantees() {
        return Set.of(Guarantee.LINEARIZABLE);
    }

    @Override
    public Optional<Entry> get(Bytes key) {
        requireOpen();
        Outcome.Found alone = driver.readAlone(key);
        Outcome.Found found = alone != null ? alone : (Outcome.Found) await(Operation.Kind.GET, key, null);
        return found.cell().filter(cell -> !cell.isTombstone()).map(cell -> new Entry(key, cell.value(), cell.tag()));
    }

    @Override
    public Version set(Bytes key, Bytes value) {
        return ((Outcome.Written) await(Operation.Kind.SET, key, value)).tag();
    }

    @Override
    public Version delete(Bytes key) {
        return ((Outcome.Written) await(Operation.Kind.DELETE, key, null)).tag();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the policy is closed");
        }
    }

    private Outcome await(Operation.Kind kind, Bytes key, @Nullable Bytes value) {
        requireOpen();
        int bytes = key.size() + (value == null ? 0 : value.size());
        admit(bytes);
        Operation operation = new Operation(
                kind,
                key,
                value,
                System.nanoTime() + settings.operationTimeout().toNanos(),
                () -> release(bytes));
        abandoned.watch(operation);
        if (kind == Operation.Kind.GET) {
            driver.input(core -> core.submit(operation));
        } else {
            driver.inputWrite(core -> core.submit(operation));
        }
        if (driver.isClosed()) {
            operation.fail(new OverloadedException("this node stops"));
        }
        try {
            // Without a time-out, which for a virtual thread costs as much as the rest: the core ends it at its
            // deadline.
            Outcome outcome = operation.outcome.get();
            if (outcome instanceof Outcome.Failed failed) {
                throw failed.reason();
            }
            return outcome;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw AbandonedOperations.reason(operation, "the wait was interrupted");
        } catch (ExecutionException e) {
            throw new AssertionError("an outcome is never exceptional", e);
        } finally {
            abandoned.forget(operation);
        }
    }

    private void admit(int bytes) {
        int before = operations.getAndIncrement();
        long bytesBefore = operationBytes.getAndAdd(bytes);
        if (before >= settings.maxQueuedOperations()) {
            release(bytes);
            throw new OverloadedException(
                    "this node has " + settings.maxQueuedOperations() + " operations under way (MOSTDB_QUEUE_LIMIT)");
        }
        // One operation is always let in, whatever its size.
        if (before > 0 && bytesBefore + bytes > settings.maxQueuedBytes()) {
            release(bytes);
            throw new OverloadedException("this node has " + settings.maxQueuedBytes()
                    + " bytes of operations under way (MOSTDB_QUEUE_LIMIT_BYTES)");
        }
    }

    /** When the outcome is known, not when the caller is gone: the operation holds memory so long. */
    private void release(int bytes) {
        operations.decrementAndGet();
        operationBytes.addAndGet(-bytes);
    }

    @Override
    public ClusterStatus status() {
        return status;
    }

    /** Called by the core's thread. */
    private void look(QuorumCore core) {
        queued = core.queuedOperations();
        writeBacks.reached(core.writeBacks());
        voidedVotes.reached(core.voidedVotes());
        refusedReplaced.reached(core.refusedReplaced());
        caughtUp.reached(core.progress().taken());
        long now = System.nanoTime();
        if (now - nextStatusNanos >= 0 || nextStatusNanos == 0) {
            nextStatusNanos = now + STATUS_INTERVAL_NANOS;
            status = statusOf(core.members(), core.progress(), now);
        }
    }

    private ClusterStatus statusOf(Members members, CatchUp progress, long now) {
        Instant clock = context.clock().instant();
        List<MemberStatus> lines = new ArrayList<>();
        lines.add(new MemberStatus(
                Optional.of(members.self()),
                context.selfAddress(),
                true,
                ownState(members),
                clock.minusNanos(now - members.formedNanos()),
                members.epoch().number(),
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty()));
        for (Report.Line line : members.report().lines()) {
            lines.add(new MemberStatus(
                    line.id(),
                    line.address(),
                    false,
                    line.state(),
                    clock.minusNanos(now - line.sinceNanos()),
                    line.epochNumber(),
                    instant(clock, now, line.heardNanos()),
                    line.id().flatMap(progress::behind).map(OptionalLong::of).orElseGet(OptionalLong::empty),
                    line.id().flatMap(id -> instant(clock, now, progress.equalNanos(id)))));
        }
        boolean ready = members.isVoting() && members.isMajorityUp();
        String full = members.report().whoseDiskIsFull();
        String summary = !ready
                ? "not ready: " + members.report().whyNotAll()
                : members.votersUp() == lines.size()
                        ? "ready: " + (lines.size() == 1 ? "a single node" : "all " + lines.size() + " members up")
                        : "ready: " + members.votersUp() + " of " + lines.size() + " members up; "
                                + members.report().whyNotAll();
        return new ClusterStatus(
                members.roster().formed().map(Membership::clusterName),
                ready,
                members.isFailed(),
                full.isEmpty() ? summary : summary + "; " + full,
                lines);
    }

    private static Optional<Instant> instant(Instant clock, long now, long nanos) {
        return nanos == 0 ? Optional.empty() : Optional.of(clock.minusNanos(now - nanos));
    }

    private static MemberState ownState(Members members) {
        if (members.isFailed() || members.isReplaced()) {
            return MemberState.FAILED;
        }
        if (members.isRecovering()) {
            return MemberState.RECOVERING;
        }
        if (!members.isFormed()) {
            return MemberState.JOINING;
        }
        return members.isChecked() ? MemberState.UP : MemberState.CHECKING;
    }

    /**
     * Only from a member that votes: it holds all that it ever acknowledged. A store that still copies, or that others
     * may prove to be an older one, would pass for more than it is.
     */
    @Override
    public Backup backup() {
        requireOpen();
        ClusterStatus now = status;
        boolean isWhole =
                now.clusterId().isPresent() && now.members().getFirst().state() == MemberState.UP;
        if (!isWhole) {
            throw new StorageException("this node may not hold all that it should (" + now.summary()
                    + "): take the backup from another one, or later");
        }
        return CellBackup.of(context.engine(), now, driver::storeFailedElsewhere);
    }

    @Override
    public void close() {
        closed = true;
        driver.close();
        abandoned.close();
    }
}
