package org.mostdb.quorum;

import org.mostdb.api.NodeId;

/**
 * Who has a place among the members: the node that formed the cluster, generation 0, or one that took its place after
 * its store was lost. The greater (generation, id) is the newer one.
 *
 * <p>A cluster that was made from what was left of another one ({@link ReformedCluster}) begins with one member of
 * generation 0, its founder, and all other places vacant. A vacant place has a member too, one that no node is, so that
 * memberships are merged the same way everywhere. It never votes. The first that takes a vacant place is let in by the
 * founder, if that one answers, and by a majority of the others like everybody else if not; {@link Recovery} says why
 * the two can be told apart by the generation.
 */
record Member(NodeId id, int generation) implements Comparable<Member> {

    private static final int VACANT = -2;
    private static final int LET_IN_BY_FOUNDER = -1;

    /** Nobody has this place yet. */
    static Member vacant(int place) {
        return new Member(new NodeId(place), VACANT);
    }

    /** The first to take a vacant place, if the founder alone says so. */
    static Member letInByFounder(NodeId id) {
        return new Member(id, LET_IN_BY_FOUNDER);
    }

    boolean isVacant() {
        return generation == VACANT;
    }

    boolean isLetInByFounder() {
        return generation == LET_IN_BY_FOUNDER;
    }

    /** Whether it took its place after the cluster was formed, and so had to copy what the others hold. */
    boolean isLater() {
        return generation != 0;
    }

    /** The one that takes this one's place if a majority of the others agree. */
    Member successor(NodeId next) {
        return new Member(next, Math.max(generation, 0) + 1);
    }

    boolean isNewerThan(Member other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Member other) {
        int byGeneration = Integer.compare(generation, other.generation);
        return byGeneration != 0 ? byGeneration : id.compareTo(other.id);
    }

    @Override
    public String toString() {
        if (isVacant()) {
            return "vacant";
        }
        return generation <= 0 ? id.toString() : id + "#" + generation;
    }
}
