package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.mostdb.api.NodeId;

/**
 * The members of a cluster, proposed or formed, and how many of them make a majority. A member keeps its place for
 * ever; who has it may be replaced by a newer one. Immutable.
 *
 * @param clusterId derived from the first set of members, and the attempt to form it, when the cluster forms, and kept
 *     from then on
 * @param members by place; never empty
 */
record Membership(long clusterId, List<Member> members) {

    private static final long MIX = 0x9E3779B97F4A7C15L;

    Membership {
        members = List.copyOf(members);
    }

    /** The membership that these ids form, the same wherever and in whatever order they are found. */
    static Membership forming(int attempt, Set<NodeId> ids) {
        long hash = attempt;
        List<Member> members = new ArrayList<>(ids.size());
        for (NodeId id : new TreeSet<>(ids)) {
            hash = Long.rotateLeft((hash ^ id.bits()) * MIX, 29);
            members.add(new Member(id, 0));
        }
        return new Membership(hash, members);
    }

    /** The membership of a cluster that one node makes from what is left of another; all other places are vacant. */
    static Membership founded(long clusterId, NodeId founder, int size) {
        List<Member> members = new ArrayList<>(size);
        members.add(new Member(founder, 0));
        for (int place = 1; place < size; place++) {
            members.add(Member.vacant(place));
        }
        return new Membership(clusterId, members);
    }

    int size() {
        return members.size();
    }

    Member member(int place) {
        return members.get(place);
    }

    /** The size of every majority, ⌊n/2⌋+1: any two of them share a member. */
    int majority() {
        return members.size() / 2 + 1;
    }

    /** How many of the n-1 others share a member with every majority, the one place not counted: ⌊(n-1)/2⌋+1. */
    int majorityOfOthers() {
        return (members.size() - 1) / 2 + 1;
    }

    boolean contains(NodeId node) {
        return placeOf(node) >= 0;
    }

    /** The place of a node, or -1 if it has none. */
    int placeOf(NodeId node) {
        for (int place = 0; place < members.size(); place++) {
            if (members.get(place).id().bits() == node.bits()) {
                return place;
            }
        }
        return -1;
    }

    /**
     * Whether a node is the one member that a cluster with vacant places began with. Asked of any other cluster, the
     * answer means nothing.
     */
    boolean isFounder(NodeId node) {
        Member first = members.getFirst();
        return first.generation() == 0 && first.id().equals(node);
    }

    /** This membership with another member at a place. */
    Membership with(int place, Member member) {
        List<Member> changed = new ArrayList<>(members);
        changed.set(place, member);
        return new Membership(clusterId, changed);
    }

    boolean isOfSameClusterAs(Membership other) {
        return clusterId == other.clusterId && members.size() == other.members.size();
    }

    /** The newer member of each place; this very object if the other one knows nothing newer. */
    Membership merge(Membership other) {
        Membership merged = this;
        for (int place = 0; place < members.size(); place++) {
            if (other.members.get(place).isNewerThan(members.get(place))) {
                merged = merged.with(place, other.members.get(place));
            }
        }
        return merged;
    }

    /** The cluster id as it is shown and compared when nodes greet. */
    String clusterName() {
        return HexFormat.of().toHexDigits(clusterId);
    }

    int encodedBytes() {
        return Long.BYTES + 1 + members.size() * (Long.BYTES + Integer.BYTES);
    }

    void encode(ByteBuffer to) {
        to.putLong(clusterId).put((byte) members.size());
        members.forEach(member -> to.putLong(member.id().bits()).putInt(member.generation()));
    }

    byte[] encoded() {
        ByteBuffer buffer = ByteBuffer.allocate(encodedBytes());
        encode(buffer);
        return buffer.array();
    }

    static Membership decode(ByteBuffer from) {
        long clusterId = from.getLong();
        int count = from.get();
        if (count <= 0) {
            throw new MalformedException("a set of " + count + " members");
        }
        List<Member> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(new Member(new NodeId(from.getLong()), from.getInt()));
        }
        return new Membership(clusterId, members);
    }
}
