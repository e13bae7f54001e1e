package org.mostdb.quorum;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
 * <p>A node that is in touch with a node at every listed address proposes the set of their ids and its own, durably. It
 * asks each of them to confirm, which they do when they have durably proposed the same set; and when all have, it
 * records the cluster as formed. A formed member tells its record to whoever proposes or says that it is not formed,
 * and an unformed node that is named in the record, because it took part, takes it over. One that is not named has lost
 * its store, and goes to {@link Recovery}.
 *
 * <p>Why two different sets cannot both form: each needs the confirmation of all its members, so a member of both would
 * have to confirm the second while it is formed, or before it confirmed the first in a round that still counts. A
 * member that confirmed the first and proposes the second instead gets no confirmation from the one that formed the
 * first, but its record, as long as that one is in both; and one that is formed of the first and replaced in the second
 * has lost its store, as has everybody who could have acknowledged anything.
 */
final class Forming {

    private final Effects effects;
    private final Members members;
    private final Replica replica;
    private final Consumer<Membership> recover;
    private final long intervalNanos;
    private @Nullable Membership proposal;
    private boolean proposalIsDurable;
    private boolean recording;
    private long round;
    private long nextAskNanos;
    private final Set<NodeId> confirmed = new HashSet<>();

    /**
     * @param recover told of a formed cluster that this node did not form
     * @param proposal the set proposed in an earlier life
     * @param firstRound random, so that an answer to an earlier life's round does not count
     */
    Forming(
            Effects effects,
            Members members,
            Replica replica,
            Consumer<Membership> recover,
            Optional<Membership> proposal,
            long firstRound,
            long intervalNanos,
            long nowNanos) {
        this.effects = effects;
        this.members = members;
        this.replica = replica;
        this.recover = recover;
        this.proposal = proposal.orElse(null);
        this.proposalIsDurable = proposal.isPresent();
        this.round = firstRound;
        this.intervalNanos = intervalNanos;
        this.nextAskNanos = nowNanos;
    }

    /** Proposes, and asks for confirmation, as long as the cluster is not formed. */
    void tick(long nowNanos) {
        if (members.isFormed() || recording || nowNanos - nextAskNanos < 0) {
            return;
        }
        Optional<List<NodeId>> others = members.allInTouch();
        if (others.isEmpty()) {
            return;
        }
        nextAskNanos = nowNanos + intervalNanos;
        Set<NodeId> ids = new HashSet<>(others.get());
        ids.add(members.self());
        Membership set = Membership.forming(ids);
        if (!set.equals(proposal)) {
            proposal = set;
            proposalIsDurable = false;
            members.meetAll();
            round++;
            confirmed.clear();
            replica.record(MemberRecord.PROPOSAL, set.encoded(), () -> {
                if (set.equals(proposal)) {
                    proposalIsDurable = true;
                    ask(set);
                }
            });
        } else if (proposalIsDurable) {
            ask(set);
        }
    }

    private void ask(Membership set) {
        formIfAllConfirmed(set);
        for (Member member : set.members()) {
            NodeId id = member.id();
            if (!id.equals(members.self()) && !confirmed.contains(id)) {
                effects.send(id, new Propose(round, set));
            }
        }
    }

    /** Another node asks this one to confirm its proposal. */
    void onPropose(NodeId from, Propose message) {
        Optional<Membership> formed = members.formed();
        if (formed.isPresent()) {
            effects.send(from, new Formed(formed.get()));
        } else if (proposalIsDurable && message.membership().equals(proposal)) {
            effects.send(from, new Confirm(message.round(), message.membership()));
        }
    }

    /**
     * Another node lives. One that is not formed is told of the cluster, because it cannot always ask: to propose, it
     * would have to be in touch with all members, of which a minority may be gone for good.
     */
    void onHeartbeat(NodeId from, Heartbeat heartbeat) {
        Optional<Membership> formed = members.formed();
        if (formed.isPresent() && !heartbeat.formed()) {
            effects.send(from, new Formed(formed.get()));
        }
    }

    /** Another node has confirmed. */
    void onConfirm(NodeId from, Confirm message) {
        Membership set = proposal;
        if (!members.isFormed()
                && set != null
                && proposalIsDurable
                && message.round() == round
                && message.membership().equals(set)
                && set.contains(from)) {
            confirmed.add(from);
            formIfAllConfirmed(set);
        }
    }

    /** Another node belongs to a formed cluster. */
    void onFormed(NodeId from, Formed message) {
        if (members.isFormed()) {
            return;
        }
        int place = message.membership().placeOf(members.self());
        if (place >= 0 && message.membership().member(place).generation() == 0) {
            form(message.membership());
        } else {
            // Even if it is named there: a place that it took from a lost member is worth nothing without the cells.
            recover.accept(message.membership());
        }
    }

    private void formIfAllConfirmed(Membership set) {
        if (confirmed.size() == set.members().size() - 1) {
            form(set);
        }
    }

    /** Records the cluster; then this node votes. */
    void form(Membership set) {
        if (!recording) {
            recording = true;
            replica.record(MemberRecord.CLUSTER, set.encoded(), () -> members.setFormed(set));
        }
    }
}
