package org.mostdb.quorum;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.Message.Heartbeat;
import org.mostdb.quorum.Message.Levels;

/**
 * When a tombstone can be dropped, so that no older cell of its key ever comes back. That takes three steps, each for
 * all tags up to some counter g, and each told in heartbeats.
 *
 * <ol>
 *   <li><b>Floor</b>: a member promises, durably, that no store request brings it a cell up to g any more. It
 *       acknowledges one only if it holds that cell or a newer one. It makes the promise some time after all members
 *       had seen greater counters, and after it holds all that they held then: so there is hardly anything to refuse.
 *   <li><b>Complete</b>: a member is complete up to g if each other member has promised g, and it holds all that each
 *       of them held when that one last got a cell up to its floor ({@link CatchUp} sees to that). From now on there is
 *       no cell up to g in any store or on its way to one that this member does not hold, or a newer one: a cell that a
 *       member got later it got from a member that held it before.
 *   <li><b>Settled</b>: all members are complete up to g. So all hold the same up to g, for ever, and a tombstone up to
 *       g says no more than an absent cell does. It is answered as one, and dropped. No cell up to g is taken from
 *       anybody any more.
 * </ol>
 *
 * <p>What members tell counts only from a life that was checked ({@link Checking}), and only if they know the very same
 * members. A node that takes a place copies the floor along with the cells, and must become complete like all others.
 * With a vacant place, nothing is dropped. The argument is in docs/consistency.md.
 */
final class Reclaim {

    private record Told(Levels levels, long sequence) {}

    /** What all members had at some time. */
    private record Sample(long counter, Map<NodeId, Long> sequences, long atNanos) {}

    private final Members members;
    private final Replica replica;
    private final ToLongFunction<NodeId> holdsOf;
    private final LongSupplier lowestTombstone;
    private final long delayNanos;
    private final Map<NodeId, Told> told = new HashMap<>();
    private @Nullable Membership view;
    private @Nullable Sample sample;
    private long complete;
    private long nowNanos;

    /**
     * @param holdsOf up to which store sequence of a member this node holds what that one holds
     * @param lowestTombstone the lowest counter of a tombstone in this store
     * @param delayNanos how old a counter must be at least to become the floor
     */
    Reclaim(
            Members members,
            Replica replica,
            ToLongFunction<NodeId> holdsOf,
            LongSupplier lowestTombstone,
            long delayNanos) {
        this.members = members;
        this.replica = replica;
        this.holdsOf = holdsOf;
        this.lowestTombstone = lowestTombstone;
        this.delayNanos = delayNanos;
    }

    /** What is told to the others. */
    Levels levels() {
        return new Levels(replica.highWater(), replica.durableFloor(), replica.lateAt(), complete);
    }

    /** A member has told how far it is. */
    void onHeartbeat(NodeId from, Heartbeat heartbeat) {
        if (!members.isVoting() || !members.isVoterIn(from, heartbeat.life())) {
            return;
        }
        beginAnewIfMembersChanged();
        if (members.roster().view().equals(heartbeat.view())) {
            told.put(from, new Told(heartbeat.levels(), heartbeat.told().sequence()));
        }
    }

    private void beginAnewIfMembersChanged() {
        Membership now = members.roster().view();
        if (!now.equals(view)) {
            view = now;
            told.clear();
            sample = null;
            complete = 0;
        }
    }

    /** Goes on with each of the steps. */
    void tick(long now) {
        nowNanos = now;
        if (!members.isVoting()) {
            sample = null;
            return;
        }
        beginAnewIfMembersChanged();
        List<NodeId> others = members.roster().others();
        boolean haveAllTold = others.size() + 1 == members.roster().view().size()
                && others.stream().allMatch(told::containsKey);
        if (haveAllTold) {
            raiseFloor(others);
            raiseComplete(others);
            settle(others);
        }
        if (lowestTombstone.getAsLong() <= replica.durablySettled()) {
            replica.writeSoon();
        }
    }

    private void raiseFloor(List<NodeId> others) {
        Sample taken = sample;
        if (taken == null) {
            sample = takeSample(others);
        } else if (nowNanos - taken.atNanos() >= delayNanos
                && members.othersUp().size() == others.size()) {
            boolean holdsAll = others.stream()
                    .allMatch(node ->
                            holdsOf.applyAsLong(node) >= taken.sequences().getOrDefault(node, Long.MAX_VALUE));
            if (holdsAll) {
                sample = null;
                boolean isWanted = lowestTombstone.getAsLong() <= taken.counter()
                        || others.stream().anyMatch(node -> levelsOf(node).floor() > replica.durableFloor());
                if (isWanted) {
                    replica.raiseFloor(taken.counter());
                }
            }
        }
    }

    private Sample takeSample(List<NodeId> others) {
        long counter = replica.highWater();
        Map<NodeId, Long> sequences = new HashMap<>();
        for (NodeId node : others) {
            counter = Math.min(counter, levelsOf(node).highWater());
            sequences.put(node, toldBy(node).sequence());
        }
        return new Sample(counter, sequences, nowNanos);
    }

    private void raiseComplete(List<NodeId> others) {
        long level = replica.durableFloor();
        for (NodeId node : others) {
            Levels levels = levelsOf(node);
            if (levels.lateAt() > holdsOf.applyAsLong(node)) {
                return;
            }
            level = Math.min(level, levels.floor());
        }
        complete = Math.max(complete, level);
    }

    private void settle(List<NodeId> others) {
        long level = complete;
        for (NodeId node : others) {
            level = Math.min(level, levelsOf(node).complete());
        }
        replica.settle(level);
    }

    private Told toldBy(NodeId node) {
        Told last = told.get(node);
        if (last == null) {
            throw new IllegalStateException("asked before all have told");
        }
        return last;
    }

    private Levels levelsOf(NodeId node) {
        return toldBy(node).levels();
    }
}
