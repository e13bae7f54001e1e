package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.Holdings.Told;
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
 * <p><b>Which place.</b> Each voter names the place that {@link AddressBook} finds, or none. The node takes the one
 * that most name, once a majority of the others have answered, whether they name one or not. A wrong one does no harm:
 * the rules above hold for every place, whoever had it, and a voter refuses one whose member answers it. So opinions
 * only keep a good store from being replaced while its node is away for a while.
 *
 * <p><b>One id, one place.</b> Which place it asks for is on its disk before it asks. After a crash in the middle the
 * node begins anew, with the same id and for the same place. If that turns out to be the place of one that lives, it
 * begins anew with a new id: otherwise an old request could come to count beside a later one, and one node have two
 * places.
 *
 * <p><b>A vacant place</b> ({@link Member}) was never voted for. Its first taker needs no more than the cells that the
 * cluster was founded with, which every voter holds: a write that was acknowledged before has its majority among the
 * other places. But it must be the first. A single voter cannot tell: it may not have heard of one that took the place,
 * voted, and lost its store. So it is the founder alone that lets in a first taker without a majority, one for each
 * place, which it records before it says so; the founder's cells are the copy. Whoever is let in by a majority of the
 * others instead, because the founder does not answer, or as a second taker, has a generation above that one. So a
 * majority that counts the first taker has a member that knows of the second, and voids its vote, as ever.
 */
final class Recovery {

    private static final int UNKNOWN_PLACE = -1;

    /** A member that has recorded this node, and how far it was copied. */
    private static final class Source {
        private Bytes after = Bytes.EMPTY;
        private Told atBegin = Told.NOTHING;
        private boolean storing;
        private boolean done;
    }

    private final Effects effects;
    private final Members members;
    private final Replica replica;
    private final Marks marks;
    private final BiConsumer<NodeId, Told> copied;
    private final Consumer<Membership> recordFormed;
    private final Consumer<String> startAnew;
    private final long intervalNanos;
    private final Map<NodeId, JoinReply> joins = new HashMap<>();
    private final Map<NodeId, Source> sources = new HashMap<>();
    private @Nullable Membership wish;
    private boolean wishIsDurable;
    private @Nullable Membership known;
    private @Nullable Member member;
    private int place = UNKNOWN_PLACE;
    private long round;
    private long nextAskNanos;
    private long copiedCells;
    private boolean refused;
    private boolean hopeless;
    private boolean finished;

    /**
     * @param startAnew begins anew with another id, for the reason given
     * @param copied told of each member that was copied wholly, with what it held at the beginning
     * @param wish the recorded place that was asked for in an earlier life; empty if none
     * @param firstRound random, so that an answer to an earlier life does not count
     */
    Recovery(
            Effects effects,
            Members members,
            Replica replica,
            Marks marks,
            BiConsumer<NodeId, Told> copied,
            Consumer<Membership> recordFormed,
            Consumer<String> startAnew,
            byte[] wish,
            long firstRound,
            long intervalNanos,
            long nowNanos) {
        this.effects = effects;
        this.members = members;
        this.replica = replica;
        this.marks = marks;
        this.copied = copied;
        this.recordFormed = recordFormed;
        this.startAnew = startAnew;
        this.wish = wish.length == 0 ? null : Membership.decode(ByteBuffer.wrap(wish));
        this.wishIsDurable = wish.length > 0;
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
                    "recovery begins: this store is new, and that of no member of cluster " + cluster.clusterName()
                            + ", " + cluster.members() + "; this node asks for the place of a lost one");
            restart();
            members.setRecovering("it asks the members which place is its own");
        } else {
            known = known.merge(cluster);
        }
    }

    /** Whether this node has asked for a place, in this life or another. */
    boolean hasWish() {
        return wish != null;
    }

    private boolean isUnderWay() {
        return known != null && !finished && !members.isFormed();
    }

    private void restart() {
        round++;
        joins.clear();
        sources.clear();
        refused = false;
        member = null;
        place = UNKNOWN_PLACE;
    }

    /** Asks, and asks again. */
    void tick(long nowNanos) {
        if (!isUnderWay() || nowNanos - nextAskNanos < 0) {
            return;
        }
        nextAskNanos = nowNanos + intervalNanos;
        boolean isRefused = refused && sources.keySet().stream().noneMatch(members::isAnswering);
        if (isRefused || isFounderGone()) {
            restart();
        }
        Member own = member;
        tellIfHopeless();
        for (NodeId node : members.inTouch()) {
            if (own == null) {
                effects.send(node, new JoinRequest(round));
            } else if (wishIsDurable && !sources.containsKey(node)) {
                effects.send(node, new ReplaceRequest(round, place, own));
            }
        }
        sources.forEach(this::askForMore);
    }

    /** The founder let this node in and is away, and there are enough others to do it. */
    private boolean isFounderGone() {
        Membership now = known;
        return now != null
                && isLetInByFounder()
                && members.inTouch().size() >= now.majorityOfOthers()
                && members.inTouch().stream().noneMatch(node -> now.isFounder(node) && members.isAnswering(node));
    }

    private boolean isLetInByFounder() {
        return member != null && member.isLetInByFounder();
    }

    private void askForMore(NodeId node, Source source) {
        if (!replica.room().allows(Room.LOW)) {
            tell("its disk is full: make space, and it goes on");
        } else if (!source.done && !source.storing) {
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
        if (member != null && isTaken(known.member(place), member)) {
            restart();
            return false;
        }
        return true;
    }

    private static boolean isTaken(Member present, Member own) {
        boolean isByAnotherFirst = own.isLetInByFounder() && present.isLetInByFounder() && !present.equals(own);
        return present.isNewerThan(own) || isByAnotherFirst;
    }

    /** A voting member tells whose place this node takes. */
    void onJoinReply(NodeId from, JoinReply reply) {
        Membership now = learn(reply.round(), reply.view()) ? known : null;
        if (now == null || member != null) {
            return;
        }
        joins.put(from, reply);
        boolean isByFounder = now.isFounder(from) && isFree(now, reply.place());
        int best = isByFounder ? reply.place() : bestPlace(now);
        long voters = joins.keySet().stream()
                .filter(voter -> isOther(now, voter, best))
                .count();
        if (voters < now.majorityOfOthers() && !isByFounder) {
            tell(voters + " of " + now.majorityOfOthers()
                    + " other members that it needs have answered that they vote");
        } else if (best == UNKNOWN_PLACE) {
            tell("none of the " + voters + " members that vote can tell which place is its own,"
                    + " until another one is back");
        } else if (askedPlace(now) != UNKNOWN_PLACE && askedPlace(now) != best) {
            finished = true;
            startAnew.accept("the member lives whose place this node, " + members.self() + ", asked for");
        } else {
            ask(now, best, isByFounder ? Member.letInByFounder(members.self()) : ownMember(now.member(best)));
        }
    }

    /** Whether nobody else has had the place yet. */
    private boolean isFree(Membership now, int candidate) {
        if (candidate < 0 || candidate >= now.size()) {
            return false;
        }
        Member present = now.member(candidate);
        return present.isVacant() || (present.isLetInByFounder() && present.id().equals(members.self()));
    }

    private Member ownMember(Member present) {
        boolean isOwn = present.id().equals(members.self()) && !present.isLetInByFounder();
        return isOwn ? present : present.successor(members.self());
    }

    /**
     * The place that most voters name, the first of several; but always the one that was asked for, if some name it.
     */
    private int bestPlace(Membership now) {
        if (now.contains(members.self())) {
            return now.placeOf(members.self());
        }
        long[] named = new long[now.size()];
        for (JoinReply join : joins.values()) {
            int candidate = join.place();
            if (candidate >= 0
                    && candidate < named.length
                    && !members.isAnswering(now.member(candidate).id())) {
                named[candidate]++;
            }
        }
        int best = askedPlace(now);
        if (best == UNKNOWN_PLACE || named[best] == 0) {
            best = UNKNOWN_PLACE;
            for (int candidate = 0; candidate < named.length; candidate++) {
                if (named[candidate] > (best == UNKNOWN_PLACE ? 0 : named[best])) {
                    best = candidate;
                }
            }
        }
        return best;
    }

    private int askedPlace(Membership now) {
        return wish == null || !wish.isOfSameClusterAs(now) ? UNKNOWN_PLACE : wish.placeOf(members.self());
    }

    private void ask(Membership now, int chosen, Member own) {
        place = chosen;
        member = own;
        round++;
        nextAskNanos -= intervalNanos;
        if (askedPlace(now) == UNKNOWN_PLACE) {
            Membership wished = now.with(chosen, own);
            wish = wished;
            wishIsDurable = false;
            replica.record(MemberRecord.WISH, wished.encoded(), () -> {
                wishIsDurable = true;
                nextAskNanos -= intervalNanos;
            });
        }
    }

    private void tell(String progress) {
        if (!hopeless) {
            members.setRecovering(progress);
        }
    }

    /** An operator must learn that waiting is of no use. */
    private void tellIfHopeless() {
        Membership now = known;
        if (now == null) {
            return;
        }
        int withStore = now.size() - 1 - members.othersWithoutStore();
        boolean tooFew = withStore < now.majorityOfOthers()
                && !isLetInByFounder()
                && now.members().stream().noneMatch(Member::isVacant);
        if (tooFew) {
            String reason = "too many members lost their stores at once: it needs " + now.majorityOfOthers()
                    + " others that kept theirs, and there are only " + withStore
                    + "; " + Report.WHAT_NOW;
            members.setRecovering(reason);
            if (!hopeless) {
                effects.note(Level.WARNING, "this node cannot recover, because " + reason);
            }
        }
        hopeless = tooFew;
    }

    private static boolean isOther(Membership now, NodeId node, int place) {
        return now.contains(node) && now.placeOf(node) != place;
    }

    /** A voting member has recorded this node, or tells why not. */
    void onReplaceReply(NodeId from, ReplaceReply reply) {
        if (!learn(reply.round(), reply.view()) || member == null || sources.containsKey(from)) {
            return;
        }
        if (reply.view().member(place).equals(member)) {
            Source source = new Source();
            sources.put(from, source);
            askForMore(from, source);
            tellProgress();
        } else {
            refused = true;
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
        replica.raiseFloor(reply.floor());
        marks.merge(reply.marks());
        marks.heard(from, reply.end().life(), reply.end().sequence());
        if (source.after.equals(Bytes.EMPTY)) {
            source.atBegin = reply.told();
        }
        replica.holdings().took(from, reply.end().sequence());
        replica.take(reply.cells(), unused -> stored(from, source, reply));
    }

    private void stored(NodeId from, Source source, CopyReply reply) {
        copiedCells += reply.cells().size();
        source.storing = false;
        source.done = reply.done();
        if (source.done) {
            copied.accept(from, source.atBegin);
        }
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

    private boolean isCopiedEnough(Membership now) {
        return isLetInByFounder()
                ? sources.entrySet().stream()
                        .anyMatch(source -> source.getValue().done && now.isFounder(source.getKey()))
                : copied(now) >= now.majorityOfOthers();
    }

    private void tellProgress() {
        Membership now = known;
        if (now != null) {
            int wanted = isLetInByFounder() ? 1 : now.majorityOfOthers();
            tell("it has copied " + copied(now) + " of " + wanted + " members wholly, " + copiedCells
                    + " cells so far");
        }
    }

    private void finishIfEnough() {
        Membership now = known;
        if (now != null && isCopiedEnough(now) && now.member(place).equals(member)) {
            finished = true;
            effects.note(
                    Level.INFO,
                    "recovery ends: all that " + copied(now) + " of the others held is copied (" + copiedCells
                            + " cells read); this node votes as " + member);
            recordFormed.accept(now);
        }
    }
}
