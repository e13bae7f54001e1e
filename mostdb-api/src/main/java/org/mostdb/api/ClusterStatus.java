package org.mostdb.api;

import java.util.List;
import java.util.Optional;

/**
 * The cluster as one node sees it now.
 *
 * @param clusterId absent until the cluster is formed
 * @param ready whether this node would serve a read and a write now
 * @param failed whether this node's store has failed: it serves no more until the server has replaced the store, or is
 *     started anew
 * @param summary one sentence for an operator: the state, and what it waits for
 * @param members this node first
 */
public record ClusterStatus(
        Optional<String> clusterId, boolean ready, boolean failed, String summary, List<MemberStatus> members) {

    /** Copies the list of members. */
    public ClusterStatus {
        members = List.copyOf(members);
    }
}
