package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.Message.Confirm;
import org.mostdb.quorum.Message.Formed;
import org.mostdb.quorum.Message.Heartbeat;
import org.mostdb.quorum.Message.Propose;

/**
 * How a cluster comes to be: until it is formed, nobody votes.
 *
 * <p>A node that is in touch with a node at every listed address durably proposes the set of their ids and its own. It
 * asks each of them to confirm, which they do when they have durably proposed the same; when all have, it records the
 * cluster as formed. A formed member tells its record to whoever proposes or says that it is not formed. A node that
 * took part takes it over; one that did not has lost its store, and goes to {@link Recovery}.
 *
 * <p>While a cluster forms, disks may be swapped, so sets change. Each proposal has a greater attempt number than what
 * its node proposed before, and a node never goes back: the same ids proposed again are another cluster. A node takes a
 * formed cluster over only from a member that is in all that it proposed since.
 *
 * <p>Why no two clusters form that share a member with its memory: let S and T be proposals of which all members have
 * confirmed each, T with the greater attempt, and let M be the first member of both that forms S. M also confirmed T,
 * and before it formed S, because who is formed confirms nothing. If M formed S by confirmations of its own, it did so
 * while S was its latest proposal, before it proposed T: a contradiction. If it took S over from a member N of S, then
 * N is in all that M proposed after S, thus in T, and formed S before M did: a contradiction again. So the only ones
 * that form S are those whose disks were swapped before T formed, at most a minority, and they find no majority.
 */
final class Forming {

    private static final int PROPOSALS_KEPT = 200;

    private final Effects effects;
    private final Members members;
    private final Replica replica;
    private final Consumer<Membership> recover;
    private final BooleanSupplier isBound;
    private final Consumer<String> startAnew;
    private final long intervalNanos;
    private final List<Proposal> proposals = new ArrayList<>();
    private final Set<NodeId> confirmed = new HashSet<>();
    private boolean latestIsDurable;
    private boolean recording;
    private int highestAttempt;
    private long round;
    private long nextAskNanos;
    private @Nullable NodeId refusedFrom;

    /**
     * @param recover told of a formed cluster that this node did not form
     * @param isBound whether this node has asked for a place in a formed cluster: it may hold some of its cells
     * @param startAnew told why this node's store is of no use
     * @param stored the proposals of earlier lives; empty if none
     * @param firstRound random, so that an answer to an earlier life's round does not count
     */
    Forming(
            Effects effects,
            Members members,
            Replica replica,
            Consumer<Membership> recover,
            BooleanSupplier isBound,
            Consumer<String> startAnew,
            byte[] stored,
            long firstRound,
            long intervalNanos,
            long nowNanos) {
        this.effects = effects;
        this.members = members;
        this.replica = replica;
        this.recover = recover;
        this.isBound = isBound;
        this.startAnew = startAnew;
        this.round = firstRound;
        this.intervalNanos = intervalNanos;
        this.nextAskNanos = nowNanos;
        ByteBuffer from = ByteBuffer.wrap(stored);
        while (from.hasRemaining()) {
            proposals.add(Proposal.decode(from));
        }
        this.latestIsDurable = !proposals.isEmpty();
        latest().ifPresent(proposal -> highestAttempt = proposal.attempt());
    }

    private Optional<Proposal> latest() {
        return proposals.isEmpty() ? Optional.empty() : Optional.of(proposals.getLast());
    }

    /** Proposes, and asks for confirmation, as long as the cluster is not formed. */
    void tick(long nowNanos) {
        if (members.isFormed() || recording || isBound.getAsBoolean() || nowNanos - nextAskNanos < 0) {
            return;
        }
        Optional<List<NodeId>> others = members.allInTouch();
        if (others.isEmpty()) {
            return;
        }
        nextAskNanos = nowNanos + intervalNanos;
        Set<NodeId> ids = new HashSet<>(others.get());
        ids.add(members.self());
        Optional<Proposal> latest = latest();
        if (latest.isEmpty() || !latest.get().ids().equals(ids)) {
            propose(Proposal.of(highestAttempt + 1, ids));
        } else if (latestIsDurable) {
            ask(latest.get());
        }
    }

    private void propose(Proposal proposal) {
        highestAttempt = Math.max(highestAttempt, proposal.attempt());
        proposals.add(proposal);
        if (proposals.size() > PROPOSALS_KEPT) {
            proposals.removeFirst();
        }
        latestIsDurable = false;
        round++;
        confirmed.clear();
        members.meetAll();
        ByteBuffer all = ByteBuffer.allocate(
                proposals.stream().mapToInt(Proposal::encodedBytes).sum());
        proposals.forEach(each -> each.encode(all));
        replica.record(MemberRecord.PROPOSALS, all.array(), () -> {
            if (latest().filter(proposal::equals).isPresent()) {
                latestIsDurable = true;
                ask(proposal);
            }
        });
    }

    private void ask(Proposal proposal) {
        formIfAllConfirmed(proposal.set());
        for (NodeId id : proposal.ids()) {
            if (!id.equals(members.self()) && !confirmed.contains(id)) {
                effects.send(id, new Propose(round, proposal));
            }
        }
    }

    /** Another node asks this one to confirm its proposal. */
    void onPropose(NodeId from, Propose message) {
        Optional<Membership> formed = members.roster().formed();
        if (formed.isPresent()) {
            effects.send(from, new Formed(formed.get()));
            return;
        }
        Proposal proposal = message.proposal();
        highestAttempt = Math.max(highestAttempt, proposal.attempt());
        Optional<Proposal> latest = latest();
        if (latest.isEmpty() || recording || isBound.getAsBoolean()) {
            return;
        }
        if (latest.get().equals(proposal)) {
            if (latestIsDurable) {
                effects.send(from, new Confirm(message.round(), proposal));
            }
        } else if (latest.get().ids().equals(proposal.ids()) && latest.get().attempt() < proposal.attempt()) {
            propose(proposal);
        }
    }

    /**
     * Another node lives. One that is not formed is told of the cluster, because it cannot always ask: to propose, it
     * would have to be in touch with all members, of which a minority may be gone for good.
     */
    void onHeartbeat(NodeId from, Heartbeat heartbeat) {
        Optional<Membership> formed = members.roster().formed();
        if (formed.isPresent() && !heartbeat.formed()) {
            effects.send(from, new Formed(formed.get()));
        }
    }

    /** Another node has confirmed. */
    void onConfirm(NodeId from, Confirm message) {
        Optional<Proposal> latest = latest();
        if (!members.isFormed()
                && latest.isPresent()
                && latestIsDurable
                && message.round() == round
                && message.proposal().equals(latest.get())
                && latest.get().set().contains(from)) {
            confirmed.add(from);
            formIfAllConfirmed(latest.get().set());
        }
    }

    /** Another node belongs to a formed cluster. */
    void onFormed(NodeId from, Formed message) {
        if (members.isFormed() || recording) {
            return;
        }
        Membership cluster = message.membership();
        int place = cluster.placeOf(members.self());
        if (place < 0 || cluster.member(place).generation() != 0) {
            // Even if it is named there: a place that it took from a lost member is worth nothing without the cells.
            recover.accept(cluster);
        } else if (proposals.stream().noneMatch(proposal -> proposal.set().isOfSameClusterAs(cluster))) {
            startAnew.accept("this node, " + members.self() + ", took part in forming cluster " + cluster.clusterName()
                    + ", and its store does not know: it is an old copy");
        } else if (isInAllProposedSince(from, cluster)) {
            form(cluster);
        } else if (!from.equals(refusedFrom)) {
            refusedFrom = from;
            effects.note(
                    Level.WARNING,
                    "node " + from + " says that cluster " + cluster.clusterName()
                            + " is formed, which this node has left while " + from
                            + " was away: if no other node belongs to it, empty the store of " + from);
        }
    }

    private boolean isInAllProposedSince(NodeId node, Membership cluster) {
        for (Proposal proposal : proposals.reversed()) {
            if (proposal.set().isOfSameClusterAs(cluster)) {
                return true;
            }
            if (!proposal.set().contains(node)) {
                return false;
            }
        }
        return false;
    }

    private void formIfAllConfirmed(Membership set) {
        if (confirmed.size() == set.size() - 1) {
            form(set);
        }
    }

    /** Records the cluster; then this node is a member. */
    void form(Membership set) {
        if (!recording) {
            recording = true;
            replica.record(MemberRecord.CLUSTER, set.encoded(), () -> members.setFormed(set));
        }
    }
}
