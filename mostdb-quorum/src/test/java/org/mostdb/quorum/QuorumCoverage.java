package org.mostdb.quorum;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;

/** Watches the nodes of one run for what a simulation of the majority policy must have met. */
final class QuorumCoverage {

    /** What a campaign of some length must have met at least once. */
    static final List<String> WANTED = List.of(
            "cells with tied counters",
            "crashes before the cluster was formed",
            "crashes between durable and acknowledged",
            "crashes of all nodes at once",
            "crashes while a write was seen and not durable",
            "batches that a crash took back",
            "bad weather",
            "bridge partitions",
            "broken connections",
            "clock jumps",
            "clocks of another rate",
            "disk writes that failed",
            "isolated nodes",
            "lives that a crash ended soon",
            "messages duplicated",
            "messages from a past life delivered",
            "messages lost",
            "one-way partitions",
            "outcome NotApplied",
            "outcome Unknown",
            "partitions",
            "pauses",
            "reads held because they found unsynced cells",
            "requests sent again",
            "runs that ended without a minority",
            "slow disks",
            "slow links",
            "slow processes",
            "stuck disks",
            "wiped disks",
            "write-backs");

    private record Request(NodeId from, NodeId to, long round) {}

    private record Contended(Bytes key, long counter) {}

    private final Map<QuorumNode, Long> writeBacks = new HashMap<>();
    private final Set<Request> requests = new HashSet<>();
    private final Map<Contended, Tag> tags = new HashMap<>();

    void lookedAt(QuorumNode node, QuorumCore core) {
        long now = core.writeBacks();
        Long before = writeBacks.put(node, now);
        node.host.coverage().count("write-backs", now - (before == null ? 0 : before));
    }

    void sent(QuorumNode node, NodeId to, Message message) {
        long round = switch (message) {
            case Message.HighWaterRequest request -> request.round();
            case Message.StoreRequest request -> request.round();
            case Message.ReadRequest request -> request.round();
            default -> 0;
        };
        if (round != 0 && !requests.add(new Request(node.store.node(), to, round))) {
            node.host.coverage().count("requests sent again");
        }
        if (message instanceof Message.StoreRequest request) {
            request.cells().forEach((key, cell) -> {
                Tag other = tags.putIfAbsent(new Contended(key, cell.tag().counter()), cell.tag());
                if (other != null && !other.equals(cell.tag())) {
                    node.host.coverage().count("cells with tied counters");
                }
            });
        }
    }
}
