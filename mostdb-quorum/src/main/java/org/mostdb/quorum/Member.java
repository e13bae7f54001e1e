package org.mostdb.quorum;

import org.mostdb.api.NodeId;

/**
 * Who has a place among the members: the node that formed the cluster, generation 0, or one that took its place after
 * its store was lost. The greater (generation, id) is the newer one.
 */
record Member(NodeId id, int generation) implements Comparable<Member> {

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
        return generation == 0 ? id.toString() : id + "#" + generation;
    }
}
