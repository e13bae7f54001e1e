package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.mostdb.api.NodeId;

/**
 * A set of members that a node wants to form a cluster with. The same ids with another attempt are another cluster.
 *
 * @param attempt greater than that of everything the node proposed before
 */
record Proposal(int attempt, Membership set) {

    static Proposal of(int attempt, Set<NodeId> ids) {
        return new Proposal(attempt, Membership.forming(attempt, ids));
    }

    Set<NodeId> ids() {
        Set<NodeId> ids = new HashSet<>();
        set.members().forEach(member -> ids.add(member.id()));
        return ids;
    }

    int encodedBytes() {
        return Integer.BYTES + set.encodedBytes();
    }

    void encode(ByteBuffer to) {
        set.encode(to.putInt(attempt));
    }

    static Proposal decode(ByteBuffer from) {
        return new Proposal(from.getInt(), Membership.decode(from));
    }
}
