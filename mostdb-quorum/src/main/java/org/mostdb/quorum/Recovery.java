package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.Message.CopyReply;
import org.mostdb.quorum.Message.CopyRequest;
import org.mostdb.quorum.Message.JoinReply;
import org.mostdb.quorum.Message.JoinRequest;
import org.mostdb.quorum.Message.ReplaceReply;
import org.mostdb.quorum.Message.ReplaceRequest;

/**
 * How a node with an empty store takes the place of the member whose store was lost: it asks the voting members which
 * place is its own, asks them to record it there, copies from each that has done so all it holds, and votes when it has
 * copied from a majority of the others. {@link Readmission} is the other side.
 *
 * <p>A majority of the others shares a member with every majority that the lost one was in. That member either held the
 * write when it was copied, or acknowledged it after it had recorded the new member, and then its answer voids the lost
 * one's vote. For this to hold, a source counts only as long as nobody knows of a newer member at its own place.
 *
 * <p>After a crash in the middle the node begins anew, with the same id.
 */
final class Recovery {

    private static final int UNKNOWN_PLACE = -1;

    /** A member that has recorded this node, and how far it was copied. */
    private static final class Source {
        private Bytes after = Bytes.EMPTY;
        private boolean storing;
        private boolean done;
    }

    private final Effects effects;
    private final Members members;
    private final Replica replica;
    private final Marks marks;
    private final Consumer<Membership> recordFormed;
    private final long intervalNanos;
    private final Map<NodeId, JoinReply> joins = new HashMap<>();
    private final Map<NodeId, Source> sources = new HashMap<>();
    private @Nullable Membership known;
    private @Nullable Member member;
    private int place = UNKNOWN_PLACE;
    private long round;
    private long nextAskNanos;
    private long copiedCells;
    private boolean finished;

    /** @param firstRound random, so that an answer to an earlier life does not count */
    Recovery(
            Effects effects,
            Members members,
            Replica replica,
            Marks marks,
            Consumer<Membership> recordFormed,
            long firstRound,
            long intervalNanos,
            long nowNanos) {
        this.effects = effects;
        this.members = members;
        this.replica = replica;
        this.marks = marks;
        this.recordFormed = recordFormed;
        this.round = firstRound;
        this.intervalNanos = intervalNanos;
        this.nextAskNanos = nowNanos;
    }

    /** A formed cluster lives at the addresses, and this node did not form it with the others. */
    void begin(Membership cluster) {
        if (known == null || !known.isOfSameClusterAs(cluster)) {
            known = cluster;
            finished = false;
            effects.note(
                    Level.INFO,
                    "recovery begins: this store is new, and cluster " + cluster.clusterName() + " of "
                            + cluster.members() + " has lost a member; this node asks for its place");
            restart();
            members.setRecovering("it asks the members which place is its own");
        } else {
            known = known.merge(cluster);
        }
    }

    private boolean isUnderWay() {
        return known != null && !finished && !members.isFormed();
    }

    private void restart() {
        round++;
        joins.clear();
        sources.clear();
        member = null;
        place = UNKNOWN_PLACE;
    }

    /** Asks, and asks again. */
    void tick(long nowNanos) {
        if (!isUnderWay() || nowNanos - nextAskNanos < 0) {
            return;
        }
        nextAskNanos = nowNanos + intervalNanos;
        Member own = member;
        for (NodeId node : members.inTouch()) {
            if (own == null) {
                effects.send(node, new JoinRequest(round));
            } else if (!sources.containsKey(node)) {
                effects.send(node, new ReplaceRequest(round, place, own));
            }
        }
        sources.forEach(this::askForMore);
    }

    private void askForMore(NodeId node, Source source) {
        if (!source.done && !source.storing) {
            effects.send(node, new CopyRequest(round, source.after));
        }
    }

    /** Takes in what a voter knows; false if the answer is of no use. */
    private boolean learn(long answered, Membership view) {
        Membership before = known;
        if (!isUnderWay() || before == null || answered != round || !before.isOfSameClusterAs(view)) {
            return false;
        }
        known = before.merge(view);
        if (member != null && known.member(place).isNewerThan(member)) {
            restart();
            return false;
        }
        return true;
    }

    /** A voting member tells whose place this node takes. */
    void onJoinReply(NodeId from, JoinReply reply) {
        Membership now = learn(reply.round(), reply.view()) ? known : null;
        if (now == null || member != null) {
            return;
        }
        joins.put(from, reply);
        int asked = reply.place();
        long agreeing = joins.entrySet().stream()
                .filter(join -> join.getValue().place() == asked)
                .filter(join -> isOther(now, join.getKey(), asked))
                .count();
        members.setRecovering(agreeing + " of " + now.majorityOfOthers() + " voting members know its place");
        if (asked >= 0 && asked < now.size() && agreeing >= now.majorityOfOthers()) {
            Member present = now.member(asked);
            place = asked;
            member = present.id().equals(members.self())
                    ? present
                    : new Member(members.self(), present.generation() + 1);
            round++;
            nextAskNanos -= intervalNanos;
        }
    }

    private static boolean isOther(Membership now, NodeId node, int place) {
        return now.contains(node) && now.placeOf(node) != place;
    }

    /** A voting member has recorded this node, or tells why not. */
    void onReplaceReply(NodeId from, ReplaceReply reply) {
        if (learn(reply.round(), reply.view())
                && member != null
                && reply.view().member(place).equals(member)
                && !sources.containsKey(from)) {
            Source source = new Source();
            sources.put(from, source);
            askForMore(from, source);
            tellProgress();
        }
    }

    /** A stretch of what a member holds. */
    void onCopyReply(NodeId from, CopyReply reply) {
        Source source = learn(reply.round(), reply.view()) ? sources.get(from) : null;
        if (source == null || source.storing || source.done || !source.after.equals(reply.after())) {
            return;
        }
        source.storing = true;
        replica.raiseHighWater(reply.highWater());
        marks.merge(reply.marks());
        replica.store(reply.cells(), unused -> stored(from, source, reply));
    }

    private void stored(NodeId from, Source source, CopyReply reply) {
        copiedCells += reply.cells().size();
        source.storing = false;
        source.done = reply.done();
        for (Bytes key : reply.cells().keySet()) {
            source.after = key;
        }
        if (sources.get(from) == source && isUnderWay()) {
            askForMore(from, source);
            tellProgress();
            finishIfEnough();
        }
    }

    private long copied(Membership now) {
        return sources.entrySet().stream()
                .filter(source -> source.getValue().done && isOther(now, source.getKey(), place))
                .count();
    }

    private void tellProgress() {
        Membership now = known;
        if (now != null) {
            members.setRecovering("it has copied " + copied(now) + " of " + now.majorityOfOthers() + " members wholly, "
                    + copiedCells + " cells so far");
        }
    }

    private void finishIfEnough() {
        Membership now = known;
        if (now != null
                && copied(now) >= now.majorityOfOthers()
                && now.member(place).equals(member)) {
            finished = true;
            effects.note(
                    Level.INFO,
                    "recovery ends: copied " + copiedCells + " cells from " + copied(now)
                            + " members; this node votes as " + member);
            recordFormed.accept(now);
        }
    }
}
