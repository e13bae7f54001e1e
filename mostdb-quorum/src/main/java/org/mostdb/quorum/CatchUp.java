package org.mostdb.quorum;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.Holdings.Told;
import org.mostdb.quorum.Message.CatchUpReply;
import org.mostdb.quorum.Message.CatchUpRequest;

/**
 * How members that missed writes get them without anybody reading the keys.
 *
 * <p>Each store logs, in the batch itself, which keys the batch changed. Each heartbeat tells up to which store
 * sequence the sender holds all that the receiver holds. What all others hold is dropped from the log. So the log has
 * the keys that somebody may lack, and nothing else; while all members are up, those of the last second.
 *
 * <p>A member knows that it holds all of another's in one of two ways. Mostly by comparing what their stores hold
 * ({@link Holdings}), which costs a few numbers in each heartbeat. If that does not show it for a while, it asks for
 * the keys in the other's log, which costs as much as there are. If the log does not go back far enough, because the
 * asker is new, it asks for all. A node whose disk is full waits until there is space.
 *
 * <p>Invariant: if a node is told to be caught up to sequence s of this one, then for each key that this one held then
 * it holds the same cell or a newer one, durably. Cells only grow, so that stays true.
 */
final class CatchUp {

    private static final int CHUNK_BYTES = 64 << 10;

    /**
     * After each chunk it rests so many times as long as the chunk took: so it yields to clients where they wait, too.
     */
    private static final int RESTS = 9;

    /** How far two stores know each other. */
    private static final class Other {
        /** Up to which of its sequences this node holds what it holds. */
        private long holds;

        private @Nullable Told pending;
        private long pendingSinceNanos;
        private long equalNanos;
        private long sequenceAtLastBeat;
    }

    /** What is being taken from another store. */
    private static final class Pull {
        private final NodeId from;
        private final long round;
        private Cursor cursor;
        private @Nullable Told atBegin;
        private boolean storing;
        private long askedNanos;
        private long nextAskNanos;
        private long heardNanos;

        private Pull(NodeId from, long round, long holds, long nowNanos) {
            this.from = from;
            this.round = round;
            this.cursor = Cursor.ofChanges(holds);
            this.heardNanos = nowNanos;
        }
    }

    private final Effects effects;
    private final Members members;
    private final Replica replica;
    private final Marks marks;
    private final LongSupplier trimmed;
    private final double nanosPerByte;
    private final long patienceNanos;
    private final Map<NodeId, Other> others = new HashMap<>();
    private @Nullable Pull pull;
    private long round;
    private long nowNanos;
    private long taken;

    /**
     * @param trimmed up to which store sequence this store's log was dropped
     * @param bytesPerSecond how fast cells are taken at most
     * @param firstRound random, so that an answer to an earlier life does not count
     * @param patienceNanos how long stores may differ before the difference is asked for
     */
    CatchUp(
            Effects effects,
            Members members,
            Replica replica,
            Marks marks,
            LongSupplier trimmed,
            long bytesPerSecond,
            long firstRound,
            long patienceNanos) {
        this.effects = effects;
        this.members = members;
        this.replica = replica;
        this.marks = marks;
        this.trimmed = trimmed;
        this.nanosPerByte = 1e9 / bytesPerSecond;
        this.round = firstRound;
        this.patienceNanos = patienceNanos;
    }

    private Other other(NodeId node) {
        return others.computeIfAbsent(node, unused -> new Other());
    }

    /** Up to which of a member's store sequences this node holds all that it holds; told in each heartbeat to it. */
    long holdsOf(NodeId member) {
        Other other = others.get(member);
        return other == null ? 0 : other.holds;
    }

    /** How many of this node's batches a member is not known to hold; empty if that was never told. */
    Optional<Long> behind(NodeId member) {
        long held = marks.heldBy(member);
        return held == 0 ? Optional.empty() : Optional.of(Math.max(0, replica.sequence() - held));
    }

    /** Whether a member is known to lack something that this node holds, for longer than it takes to tell. */
    boolean isBehind(NodeId member) {
        Other other = others.get(member);
        return other != null && nowNanos - other.equalNanos > patienceNanos;
    }

    /** When a member was last known to hold what this node held a heartbeat before; 0 if never. */
    long equalNanos(NodeId member) {
        Other other = others.get(member);
        return other == null ? 0 : other.equalNanos;
    }

    /** Cells taken from other stores since the start. */
    long taken() {
        return taken;
    }

    /** Up to which of this node's store sequences all other members hold all that it holds. */
    long heldByAll() {
        if (!members.isFormed()) {
            // What a new member copies it has from those who are there.
            return Long.MAX_VALUE;
        }
        long least = Long.MAX_VALUE;
        for (Member member : members.roster().view().members()) {
            if (!member.id().equals(members.self())) {
                least = Math.min(least, marks.heldBy(member.id()));
            }
        }
        return least;
    }

    /** All that a member held was taken, by this or by {@link Recovery}. */
    void tookAll(NodeId member, Told told) {
        Other other = other(member);
        other.holds = Math.max(other.holds, told.sequence());
        replica.holdings().tookAll(told.clock(), replica.sequence());
    }

    /** A member has told what it holds, and up to where it holds what this one does. */
    void onHeartbeat(NodeId from, Message.Heartbeat heartbeat) {
        // What a member tells of its store counts like a vote: it may have lost it since.
        if (!members.isVoting() || !members.isVoterIn(from, heartbeat.life())) {
            return;
        }
        Other other = other(from);
        marks.holds(from, heartbeat.holds());
        // It remembers what this node has told it, which this one forgets when it stops. That may be said of a store
        // that held more; but not by a member that has checked this one.
        if (members.isCheckedBy(from)) {
            other.holds = Math.max(other.holds, heartbeat.held());
        }
        if (heartbeat.holds() >= other.sequenceAtLastBeat) {
            other.equalNanos = nowNanos;
        }
        other.sequenceAtLastBeat = replica.sequence();
        if (other.pending == null && heartbeat.told().sequence() > other.holds) {
            other.pending = heartbeat.told();
            other.pendingSinceNanos = nowNanos;
        }
        compare(other);
    }

    private void compare(Other other) {
        Told told = other.pending;
        if (told != null && (other.holds >= told.sequence() || holdsAll(other, told))) {
            other.holds = Math.max(other.holds, told.sequence());
            other.pending = null;
        }
    }

    private boolean holdsAll(Other other, Told told) {
        return other.holds >= told.clockFrom()
                && replica.holdings()
                        .covers(told, node -> node.equals(members.self()) ? replica.sequence() : holdsOf(node));
    }

    /** Looks for differences that last, and takes what is missing. */
    void tick(long now) {
        nowNanos = now;
        if (!members.isVoting()) {
            return;
        }
        others.values().forEach(this::compare);
        others.keySet().retainAll(members.roster().others());
        Pull current = pull;
        if (!replica.room().allows(Room.AMPLE)) {
            pull = null;
        } else if (current == null) {
            beginPull();
        } else if (!members.isUp(current.from) || now - current.heardNanos > patienceNanos) {
            pull = null;
        } else if (!current.storing && now - current.nextAskNanos >= 0) {
            ask(current);
        }
    }

    private void beginPull() {
        for (NodeId member : members.othersUp()) {
            Other other = other(member);
            if (other.pending != null && nowNanos - other.pendingSinceNanos > patienceNanos) {
                Pull begun = new Pull(member, ++round, other.holds, nowNanos);
                pull = begun;
                ask(begun);
                return;
            }
        }
    }

    private void ask(Pull current) {
        current.askedNanos = nowNanos;
        current.nextAskNanos = nowNanos + patienceNanos / 4;
        effects.send(current.from, new CatchUpRequest(current.round, current.cursor));
    }

    /** A member asks for what it lacks of this store. */
    void onRequest(NodeId from, CatchUpRequest request) {
        if (!members.isVoting() || !members.isMember(from)) {
            return;
        }
        Cursor cursor = request.cursor();
        if (!cursor.isOfAll()) {
            long known = marks.heldBy(from);
            cursor = known > cursor.sequence() ? Cursor.ofChanges(known) : cursor;
            cursor = cursor.sequence() < trimmed.getAsLong() ? Cursor.ofAll() : cursor;
        }
        Cursor begin = cursor;
        replica.scan(
                begin,
                CHUNK_BYTES,
                excerpt -> effects.send(
                        from,
                        new CatchUpReply(
                                request.round(),
                                request.cursor(),
                                begin,
                                excerpt.stretch().cells(),
                                excerpt.stretch().next(),
                                excerpt.told(),
                                excerpt.end())));
    }

    /** A stretch of what another store holds. */
    void onReply(NodeId from, CatchUpReply reply) {
        Pull current = pull;
        if (current == null
                || !replica.room().allows(Room.AMPLE)
                || current.round != reply.round()
                || current.storing
                || !current.from.equals(from)
                || !current.cursor.equals(reply.asked())
                || !members.isVoterIn(from, reply.end().life())) {
            return;
        }
        current.heardNanos = nowNanos;
        if (current.atBegin == null || reply.begun().equals(Cursor.ofAll())) {
            current.atBegin = reply.told();
        }
        current.storing = true;
        taken += reply.cells().size();
        members.heardSequence(from, reply.end().life(), reply.end().sequence());
        replica.holdings().took(from, reply.end().sequence());
        replica.take(reply.cells(), unused -> stored(current, reply));
    }

    private void stored(Pull current, CatchUpReply reply) {
        if (pull != current) {
            return;
        }
        current.storing = false;
        current.heardNanos = nowNanos;
        Cursor next = reply.next();
        if (next != null) {
            current.cursor = next;
            long atPace = current.askedNanos + (long) (reply.bytes() * nanosPerByte);
            current.nextAskNanos = Math.max(atPace, nowNanos + RESTS * (nowNanos - current.askedNanos));
            return;
        }
        pull = null;
        // Of a log, all that it had when its end was read; of the whole store, what it had when the first part was.
        Told told = reply.begun().isOfAll() && current.atBegin != null ? current.atBegin : reply.told();
        tookAll(current.from, told);
        compare(other(current.from));
    }
}
