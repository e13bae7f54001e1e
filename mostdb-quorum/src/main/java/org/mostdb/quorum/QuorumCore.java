package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.NodeId;
import org.mostdb.api.StorageException;
import org.mostdb.api.StorageFullException;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.Message.CatchUpReply;
import org.mostdb.quorum.Message.CatchUpRequest;
import org.mostdb.quorum.Message.CheckReply;
import org.mostdb.quorum.Message.CheckRequest;
import org.mostdb.quorum.Message.Confirm;
import org.mostdb.quorum.Message.CopyReply;
import org.mostdb.quorum.Message.CopyRequest;
import org.mostdb.quorum.Message.Formed;
import org.mostdb.quorum.Message.Heartbeat;
import org.mostdb.quorum.Message.HighWaterReply;
import org.mostdb.quorum.Message.HighWaterRequest;
import org.mostdb.quorum.Message.JoinReply;
import org.mostdb.quorum.Message.JoinRequest;
import org.mostdb.quorum.Message.Propose;
import org.mostdb.quorum.Message.ReadReply;
import org.mostdb.quorum.Message.ReadRequest;
import org.mostdb.quorum.Message.ReplaceReply;
import org.mostdb.quorum.Message.ReplaceRequest;
import org.mostdb.quorum.Message.StoreReply;
import org.mostdb.quorum.Message.StoreRequest;

/**
 * The protocol of one node: inputs in, {@link Effects} out. It has no socket, clock, thread or randomness; the driver
 * calls it from one thread at a time, and a simulator can.
 *
 * <p>The driver hands in all inputs that have come, then calls {@link #flush} once: so what queues while the node works
 * is handled together, and a batch costs one message per member and one durable write, whatever its size.
 */
final class QuorumCore {

    /**
     * What the core is configured with.
     *
     * @param addresses of the other members
     * @param peerTimeoutNanos a member that was silent for so long is down
     * @param maxMessageBytes the link's limit; a batch stays well below it
     * @param firstRound random
     * @param catchUpBytesPerSecond how fast this node takes what it missed, at most
     * @param reclaimDelayNanos how old a tombstone is at least before it is dropped
     * @param turnAfterWrites after a batch of at least so many writes, those who asked for them get a turn to ask for
     *     the next ones before the next batch begins
     */
    record Config(
            List<URI> addresses,
            long peerTimeoutNanos,
            int maxMessageBytes,
            long firstRound,
            long catchUpBytesPerSecond,
            long reclaimDelayNanos,
            int turnAfterWrites) {}

    /** How often the peer timeout a start waits for members that do not tell what they remember of this one. */
    private static final int CHECK_TIMEOUTS = 2;

    private final Effects effects;
    private final Marks marks;
    private final Members members;
    private final Forming forming;
    private final Checking checking;
    private final CatchUp catchUp;
    private final Reclaim reclaim;
    private final Recovery recovery;
    private final Readmission readmission;
    private final Replica replica;
    private final Rounds rounds;
    private final Stores stores;
    private final Writes writes;
    private final Reads reads;
    private long nowNanos;
    private long refusedReplaced;
    private @Nullable MostDbException refusal;

    /**
     * @param store just opened; the core keeps only what it remembers of earlier lives
     * @throws InvalidRequestException if the recorded membership has another size than the list
     */
    QuorumCore(Config config, CellStore store, Effects effects, long nowNanos) {
        this(config, store, effects, new TagSource(store.epoch(), store.node()), nowNanos);
    }

    QuorumCore(Config config, CellStore store, Effects effects, TagSource tags, long nowNanos) {
        this.effects = effects;
        this.nowNanos = nowNanos;
        store.cluster().ifPresent(recorded -> checkSize(recorded, config.addresses()));
        long intervalNanos = config.peerTimeoutNanos() / 5;
        replica = new Replica(
                effects,
                store.epoch().life(),
                store.initialHighWater(),
                store.sequence(),
                Floor.decode(store.recorded(MemberRecord.FLOOR)),
                config.maxMessageBytes(),
                () -> catchUp().heldByAll());
        marks = new Marks(replica, store.recorded(MemberRecord.MARKS), nowNanos);
        members = new Members(
                effects,
                replica,
                marks,
                node -> catchUp().holdsOf(node),
                () -> reclaim().levels(),
                store,
                config.addresses(),
                config.peerTimeoutNanos(),
                nowNanos);
        forming = new Forming(
                effects,
                members,
                replica,
                cluster -> recovery().begin(cluster),
                () -> recovery().hasWish(),
                this::startAnew,
                store.recorded(MemberRecord.PROPOSALS),
                config.firstRound(),
                intervalNanos,
                nowNanos);
        checking = new Checking(
                effects,
                members,
                marks,
                store.lives(),
                this::startAnew,
                config.firstRound(),
                intervalNanos,
                CHECK_TIMEOUTS * config.peerTimeoutNanos());
        catchUp = new CatchUp(
                effects,
                members,
                replica,
                marks,
                store::trimmed,
                config.catchUpBytesPerSecond(),
                config.firstRound(),
                config.peerTimeoutNanos());
        reclaim = new Reclaim(members, replica, catchUp::holdsOf, store::lowestTombstone, config.reclaimDelayNanos());
        recovery = new Recovery(
                effects,
                members,
                replica,
                marks,
                catchUp::tookAll,
                forming::form,
                this::startAnew,
                store.recorded(MemberRecord.WISH),
                config.firstRound(),
                intervalNanos,
                nowNanos);
        readmission = new Readmission(effects, members, replica, marks, this::learn, config.maxMessageBytes());
        rounds = new Rounds(effects, members, config.firstRound());
        stores = new Stores(members, rounds, replica);
        writes = new Writes(
                effects,
                members,
                rounds,
                replica,
                stores,
                tags,
                config.maxMessageBytes() / 4,
                config.turnAfterWrites());
        reads = new Reads(members, rounds, replica, stores, catchUp::isBehind, config.maxMessageBytes() / 4);
    }

    private CatchUp catchUp() {
        return catchUp;
    }

    private Reclaim reclaim() {
        return reclaim;
    }

    private Recovery recovery() {
        return recovery;
    }

    private static void checkSize(Membership recorded, List<URI> addresses) {
        int configured = addresses.size() + 1;
        if (recorded.members().size() != configured) {
            throw new InvalidRequestException("this store belongs to cluster " + recorded.clusterName() + " of size "
                    + recorded.members().size() + ", and MOSTDB_CLUSTER_URLS with this node makes " + configured
                    + ": list all its members, or choose another MOSTDB_STORE_ROOT");
        }
    }

    /** Time passes. Never goes back. Called before other inputs, and at least every few milliseconds. */
    void advance(long now) {
        nowNanos = now;
    }

    /** A client asks. The outcome is told through the operation. */
    void submit(Operation operation) {
        if (refusal != null) {
            operation.fail(refusal);
        } else if (members.isMajorityLost()) {
            operation.fail(new MajorityUnavailableException(
                    members.majority(), members.votersUp(), members.report().whyNotAll()));
        } else if (operation.kind == Operation.Kind.GET) {
            reads.add(operation);
        } else {
            submitWrite(operation);
        }
    }

    private void submitWrite(Operation operation) {
        Room needed = operation.kind == Operation.Kind.DELETE ? Room.SCARCE : Room.AMPLE;
        if (!replica.room().allows(needed)) {
            operation.fail(new StorageFullException("The disk of this node is full, and what is left is its reserve"
                    + (needed == Room.AMPLE ? " for deletes" : " for the store's own files")
                    + ": make space, or ask another node (MOSTDB_DISK_RESERVE_MIB)."));
        } else if (members.areTooManyWithoutRoomFor(needed)) {
            operation.fail(new MajorityUnavailableException(
                    members.majority(),
                    members.votersUp() - members.withoutRoomFor(needed),
                    members.report().whoseDiskIsFull()));
        } else {
            writes.add(operation);
        }
    }

    /** What the disk has room for, from now on. */
    void setRoom(Room room) {
        if (room != replica.room()) {
            replica.setRoom(room);
            members.roomChanged();
        }
    }

    /** A message has come. */
    void received(NodeId from, Message message) {
        members.heard(from);
        switch (message) {
            case Heartbeat heartbeat -> {
                forming.onHeartbeat(from, heartbeat);
                Membership view = heartbeat.view();
                if (view != null) {
                    learn(view);
                }
                members.onHeartbeat(from, heartbeat);
                checking.onHeartbeat(from);
                catchUp.onHeartbeat(from, heartbeat);
                reclaim.onHeartbeat(from, heartbeat);
            }
            case CheckRequest request -> checking.onRequest(from, request);
            case CheckReply reply -> checking.onReply(from, reply);
            case Propose propose -> forming.onPropose(from, propose);
            case Confirm confirm -> forming.onConfirm(from, confirm);
            case Formed formed -> forming.onFormed(from, formed);
            case JoinRequest request -> readmission.onJoinRequest(from, request);
            case JoinReply reply -> recovery.onJoinReply(from, reply);
            case ReplaceRequest request -> readmission.onReplaceRequest(from, request);
            case ReplaceReply reply -> recovery.onReplaceReply(from, reply);
            case CopyRequest request -> readmission.onCopyRequest(from, request);
            case CopyReply reply -> recovery.onCopyReply(from, reply);
            case Message.OfMembers ofMembers -> {
                if (ofMembers instanceof Message.Vote vote) {
                    learn(vote.view());
                }
                refusedReplaced += members.roster().isReplaced(from) ? 1 : 0;
                // Only members speak of data, and only to members that vote.
                boolean counts = ofMembers instanceof Message.Vote vote
                        ? members.isVoterIn(from, vote.life())
                        : members.isMember(from);
                if (members.isVoting() && counts) {
                    receivedFromMember(from, ofMembers);
                }
            }
        }
    }

    /** Takes in who is a member, before anything else of the message: a vote counts only if its giver still is one. */
    private void learn(Membership view) {
        List<NodeId> gone = members.learn(view);
        if (!gone.isEmpty()) {
            rounds.voided(gone);
            startAnewIfReplaced();
        }
    }

    private void startAnewIfReplaced() {
        if (members.isReplaced()) {
            startAnew("another node has the place of this one, " + members.self()
                    + ", in the cluster: this node came back with an old store");
        }
    }

    /** What the store holds is of no use any more. */
    private void startAnew(String why) {
        if (refusal == null) {
            String reason = why + "; it starts anew with an empty store";
            refuse(new MajorityUnavailableException(members.majority(), 0, reason));
            effects.startAnew(reason);
        }
    }

    private void receivedFromMember(NodeId from, Message.OfMembers message) {
        switch (message) {
            case HighWaterRequest request -> replica.onHighWaterRequest(from, request);
            case StoreRequest request -> replica.onStore(from, request);
            case ReadRequest request -> replica.onReadRequest(from, request);
            case HighWaterReply reply -> writes.onReply(from, reply, nowNanos);
            case StoreReply reply -> {
                members.heardSequence(from, reply.life(), reply.sequence());
                stores.onReply(from, reply);
            }
            case ReadReply reply -> {
                if (!reads.onReply(from, reply, nowNanos)) {
                    effects.note(Level.WARNING, "ignored an answer of node " + from + ", in which a cell is damaged");
                }
            }
            case CatchUpRequest request -> catchUp.onRequest(from, request);
            case CatchUpReply reply -> catchUp.onReply(from, reply);
        }
    }

    /** See {@link org.mostdb.api.spi.PeerHandler#connected}. */
    void connected(int peer, PeerHello hello) {
        members.connected(peer, hello);
    }

    /** See {@link org.mostdb.api.spi.PeerHandler#accepted}. */
    void accepted(PeerHello hello) {
        members.accepted(hello);
    }

    /** See {@link org.mostdb.api.spi.PeerHandler#disconnected}. */
    void disconnected(NodeId node) {
        members.disconnected(node);
    }

    /** The write under way is durable. */
    void written(long sequence) {
        replica.onWritten(sequence);
    }

    /** Those whose writes have ended may have asked for the next ones. */
    void clientsHadTheirTurn() {
        writes.clientsHadTheirTurn();
    }

    /** Cells were read. */
    void read(Replica.ReadJob job, List<@Nullable Cell> cells) {
        replica.onRead(job, cells);
    }

    /** Cells were scanned. */
    void scanned(CellStore.ScanJob job, CellStore.Stretch stretch) {
        job.then().accept(stretch);
    }

    /**
     * The store has failed. What it holds is not known any more, so this node neither votes nor coordinates until it is
     * started again.
     */
    void storeFailed(StorageException reason) {
        if (refusal == null) {
            effects.note(
                    Level.ERROR,
                    "the store has failed, and this node does not vote any more with it: " + reason.getMessage());
            refuse(reason);
            members.setFailed();
        }
    }

    /** Ends all operations under way, and refuses further ones. */
    void refuse(MostDbException reason) {
        refusal = reason;
        reads.failAll(reason);
        writes.failAll(reason);
    }

    /** Does what is due by now. Called every few milliseconds. */
    void tick() {
        members.tick(nowNanos);
        startAnewIfReplaced();
        if (refusal != null) {
            return;
        }
        forming.tick(nowNanos);
        checking.tick(nowNanos);
        marks.tick(nowNanos);
        recovery.tick(nowNanos);
        catchUp.tick(nowNanos);
        reclaim.tick(nowNanos);
        reads.tick(nowNanos);
        writes.tick(nowNanos);
        rounds.tick(nowNanos);
        if (members.isMajorityLost()) {
            reads.failAll();
            writes.failNotApplied();
        }
    }

    /** Begins what has queued. Called after each group of inputs. */
    void flush() {
        if (refusal == null) {
            members.takeCameUp().forEach(rounds::cameUp);
            reads.flush(nowNanos);
            writes.flush(nowNanos);
            replica.flush();
        }
    }

    /** Whether a batch of writes is under way, or waits for more of them: none begins before a step that ends that. */
    boolean isWriteUnderWay() {
        return writes.isUnderWay();
    }

    /** Whether this node is a majority by itself, and answers. */
    boolean isAlone() {
        return members.majority() == 1 && members.isVoting() && refusal == null;
    }

    /** For status: who this node knows. */
    Members members() {
        return members;
    }

    /** Below which counters this node's store is closed. */
    Floor floor() {
        return replica.floor();
    }

    /** For status: how far the others are. */
    CatchUp progress() {
        return catchUp;
    }

    /** For metrics. */
    int queuedOperations() {
        return reads.queued() + writes.queued();
    }

    /** For metrics. */
    long writeBacks() {
        return reads.writeBacks();
    }

    /** For metrics: rounds of which a vote was taken back, because its giver is a member no more. */
    long voidedVotes() {
        return rounds.voidedVotes();
    }

    /** For metrics: messages about data of nodes that are members no more. */
    long refusedReplaced() {
        return refusedReplaced;
    }

    /** This node's greeting. */
    PeerHello hello() {
        return new PeerHello(
                MessageCodec.PROTOCOL,
                members.self(),
                members.epoch().life(),
                members.roster().formed().map(Membership::clusterName));
    }

    /** The cluster's name, once formed. */
    Optional<String> clusterName() {
        return members.roster().formed().map(Membership::clusterName);
    }
}
