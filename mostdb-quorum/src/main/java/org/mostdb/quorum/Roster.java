package org.mostdb.quorum;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.MemberRecord;

/** Who the members are: all that was heard of it, and what of that is on disk. */
final class Roster {

    private final Replica replica;
    private final NodeId self;
    private final Set<NodeId> replaced = new HashSet<>();
    private @Nullable Membership recorded;
    private @Nullable Membership view;
    /** Asked for many times a second, and seldom another. */
    private List<NodeId> others = List.of();

    /** @param stored what an earlier life recorded */
    Roster(Replica replica, NodeId self, Optional<Membership> stored) {
        this.replica = replica;
        this.self = self;
        stored.ifPresent(this::form);
    }

    /** A cluster is formed, and that is recorded. */
    void form(Membership membership) {
        recorded = membership;
        setView(membership);
    }

    private void setView(Membership membership) {
        view = membership;
        others = membership.members().stream()
                .filter(member -> !member.isVacant())
                .map(Member::id)
                .filter(node -> !node.equals(self))
                .toList();
        replica.setView(membership);
    }

    boolean isFormed() {
        return view != null;
    }

    /** The members, with all that was heard of them since they were recorded; empty as long as none is recorded. */
    Optional<Membership> formed() {
        return Optional.ofNullable(view);
    }

    /** As {@link #formed}, for one that is. */
    Membership view() {
        return Objects.requireNonNull(view, "not formed");
    }

    /** What of that is on disk. */
    Membership recorded() {
        return Objects.requireNonNull(recorded, "not formed");
    }

    boolean contains(NodeId node) {
        return view != null && view.contains(node);
    }

    /** Whether a node is a member that took its place after the cluster was formed. */
    boolean isLater(NodeId node) {
        return view != null
                && view.contains(node)
                && view.member(view.placeOf(node)).isLater();
    }

    /** The other members; a vacant place has none, nor has a cluster that is not formed. */
    List<NodeId> others() {
        return others;
    }

    /** Whether this node was a member, and its place was given to another. */
    boolean isSelfReplaced() {
        return view != null && !view.contains(self);
    }

    /** Whether a node was a member, and its place was given to another in this life of this node. */
    boolean isReplaced(NodeId node) {
        return replaced.contains(node);
    }

    /**
     * Takes in what another node knows, and records it.
     *
     * @return the places whose members are not those of before
     */
    List<Integer> learn(Membership other) {
        Membership before = view;
        if (before == null || !before.isOfSameClusterAs(other)) {
            return List.of();
        }
        Membership merged = before.merge(other);
        if (merged.equals(before)) {
            return List.of();
        }
        setView(merged);
        replica.record(
                MemberRecord.CLUSTER,
                merged.encoded(),
                () -> recorded = recorded().merge(merged));
        List<Integer> changed = new ArrayList<>();
        for (int place = 0; place < merged.size(); place++) {
            NodeId old = before.member(place).id();
            if (!merged.contains(old)) {
                replaced.add(old);
                changed.add(place);
            }
        }
        return changed;
    }
}
