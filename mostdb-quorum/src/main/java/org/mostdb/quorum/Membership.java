package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.mostdb.api.NodeId;

/**
 * The members of a cluster, proposed or formed, and how many of them make a majority. Immutable.
 *
 * @param clusterId derived from the first set of members when the cluster forms, and kept from then on
 * @param members never empty
 */
record Membership(long clusterId, Set<NodeId> members) {

    private static final long MIX = 0x9E3779B97F4A7C15L;

    Membership {
        members = Collections.unmodifiableSet(new TreeSet<>(members));
    }

    /** The membership that these ids form, the same wherever and in whatever order they are found. */
    static Membership forming(Set<NodeId> ids) {
        long hash = 0;
        for (NodeId id : new TreeSet<>(ids)) {
            hash = Long.rotateLeft((hash ^ id.bits()) * MIX, 29);
        }
        return new Membership(hash, ids);
    }

    /** The size of every majority, ⌊n/2⌋+1: any two of them share a member. */
    int majority() {
        return members.size() / 2 + 1;
    }

    boolean contains(NodeId node) {
        return members.contains(node);
    }

    /** The cluster id as it is shown and compared when nodes greet. */
    String clusterName() {
        return String.format("%016x", clusterId);
    }

    int encodedBytes() {
        return Long.BYTES + 1 + members.size() * Long.BYTES;
    }

    void encode(ByteBuffer to) {
        to.putLong(clusterId).put((byte) members.size());
        members.forEach(id -> to.putLong(id.bits()));
    }

    static Membership decode(ByteBuffer from) {
        long clusterId = from.getLong();
        int count = from.get();
        if (count <= 0) {
            throw new MalformedException("a set of " + count + " members");
        }
        Set<NodeId> ids = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            ids.add(new NodeId(from.getLong()));
        }
        return new Membership(clusterId, ids);
    }
}
