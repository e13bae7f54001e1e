package org.mostdb.quorum;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.NodeId;
import org.mostdb.api.StorageFullException;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.Operation.Outcome;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.Coverage;

/** Watches the nodes of one run for what a simulation of the majority policy must have met. */
final class QuorumCoverage {

    /** What a campaign of some length must have met at least once. */
    static final List<String> WANTED = List.of(
            "cells with tied counters",
            "coordinators that reach one other only",
            "crashes before the cluster was formed",
            "crashes during recovery",
            "crashes between durable and acknowledged",
            "crashes of all nodes at once",
            "crashes while a write was seen and not durable",
            "batches that a crash took back",
            "batches that dropped tombstones",
            "bad weather",
            "bridge partitions",
            "broken connections",
            "clock jumps",
            "clocks of another rate",
            "damage found at a start",
            "damage found by reading",
            "deletes on a full disk",
            "disk writes that failed",
            "disks filled to LOW",
            "disks filled to NONE",
            "disks filled to SCARCE",
            "disks rolled back",
            "disks rolled back during recovery",
            "disks rolled back while forming",
            "disks wiped during recovery",
            "disks wiped while forming",
            "failed stores given up",
            "isolated nodes",
            "lives that a crash ended soon",
            "lives that began anew with an empty store",
            "lost voters that are back unknown to their coordinator",
            "messages duplicated",
            "messages from a past life delivered",
            "messages lost",
            "messages that came again much later",
            "one-way partitions",
            "outcome NotApplied",
            "outcome Unknown",
            "old disks put back",
            "partitions",
            "pauses",
            "recoveries finished",
            "recoveries under load",
            "reads asked of a full disk",
            "reads held because they found unsynced cells",
            "replaced ids refused",
            "requests sent again",
            "rollbacks recognised",
            "runs that ended without a minority",
            "runs in which nodes caught up in the end",
            "slow disks",
            "slow links",
            "slow processes",
            "starts refused because the disk is full",
            "store requests below the floor",
            "stores refused by a full disk",
            "stuck disks",
            "turns of those whose writes ended",
            "turns that only the clock ended",
            "voters lost after they had answered",
            "values refused by a full disk",
            "votes voided",
            "wiped disks",
            "write-backs",
            "write-backs into the reserve",
            "writes refused because a majority is full");

    private record Request(NodeId from, NodeId to, long round) {}

    private record Contended(Bytes key, long counter) {}

    private record Counts(long writeBacks, long voidedVotes, long refusedReplaced) {}

    private record Recovering(Epoch life, long storesBefore) {}

    private Floor floor = Floor.NONE;
    private final Map<QuorumNode, Counts> counts = new HashMap<>();
    private final Map<NodeId, Recovering> recovering = new HashMap<>();
    private @Nullable Membership newest;
    private long stores;
    private final Set<Request> requests = new HashSet<>();
    private final Map<Contended, Tag> tags = new HashMap<>();
    private final HoldingClaims claims = new HoldingClaims();
    private final Map<Integer, Set<NodeId>> ids = new HashMap<>();
    private @Nullable String wronglyReplaced;

    void lookedAt(QuorumNode node, QuorumCore core) {
        Counts now = new Counts(core.writeBacks(), core.voidedVotes(), core.refusedReplaced());
        Counts before = counts.put(node, now);
        Counts start = before == null ? new Counts(0, 0, 0) : before;
        Coverage coverage = node.host.coverage();
        coverage.count("write-backs", now.writeBacks() - start.writeBacks());
        coverage.count("votes voided", now.voidedVotes() - start.voidedVotes());
        coverage.count("replaced ids refused", now.refusedReplaced() - start.refusedReplaced());
        core.members().roster().formed().ifPresent(this::learn);
        floor = floor.withSettled(core.floor().settled());
        lookAtRecovery(node, core, coverage);
        claims.lookedAt(node, core, floor);
        ids.computeIfAbsent(node.host.place(), unused -> new HashSet<>()).add(node.store.node());
    }

    /** What nodes believe to hold of each other's stores. */
    HoldingClaims claims() {
        return claims;
    }

    /** A node gives its store up. */
    void beganAnew(QuorumNode node) {
        if (!node.core.members().isReplaced() || node.host.disk().isPutBack()) {
            return;
        }
        Membership members = node.core.members().roster().view();
        boolean isByOwn = ids.getOrDefault(node.host.place(), Set.of()).stream().anyMatch(members::contains);
        if (isByOwn) {
            node.host.coverage().count("places that an earlier try of the node took back");
        } else {
            wronglyReplaced = "node " + node.host.place() + " (" + node.store.node()
                    + ") has its store, and its place was given to another";
        }
    }

    /**
     * Whose place was given away while it had its store, and was only not heard, in words; empty if nobody's. As no
     * address changes in a run, nobody has a reason to. It may have been given to an earlier store of the same node,
     * though, before that one was lost too.
     */
    Optional<String> wronglyReplaced() {
        return Optional.ofNullable(wronglyReplaced);
    }

    private void lookAtRecovery(QuorumNode node, QuorumCore core, Coverage coverage) {
        NodeId id = node.store.node();
        Recovering begun = recovering.get(id);
        if (core.members().isRecovering()) {
            if (begun == null || !begun.life().equals(node.store.epoch())) {
                coverage.count("crashes during recovery", begun == null ? 0 : 1);
                recovering.put(id, new Recovering(node.store.epoch(), stores));
            }
        } else if (begun != null && core.members().isFormed()) {
            recovering.remove(id);
            coverage.count("recoveries finished");
            coverage.count("recoveries under load", stores > begun.storesBefore() ? 1 : 0);
        }
    }

    /** Up to where any node knows cells to be settled. */
    Floor floor() {
        return floor;
    }

    void received(QuorumNode node, Floor closed, Message message) {
        if (message instanceof Message.StoreRequest request
                && request.cells().values().stream().anyMatch(closed::isLate)) {
            node.host.coverage().count("store requests below the floor");
        }
    }

    private void learn(Membership view) {
        Membership before = newest;
        newest = before == null || !before.isOfSameClusterAs(view) ? view : before.merge(view);
    }

    /** Whether nobody has replaced this node, who may not know it yet. */
    boolean isNewestMember(NodeId node) {
        return newest == null || newest.contains(node);
    }

    /** What comes to a node whose disk is full. */
    void cameToFullDisk(QuorumNode node, Room room, Message message) {
        if (room == Room.AMPLE) {
            return;
        }
        Coverage coverage = node.host.coverage();
        if (message instanceof Message.ReadRequest) {
            coverage.count("reads asked of a full disk");
        } else if (message instanceof Message.StoreRequest request) {
            boolean areDeletes = request.cells().values().stream().allMatch(Cell::isTombstone);
            boolean isTaken = areDeletes ? room != Room.NONE : room == Room.LOW && request.isWriteBack();
            coverage.count(
                    !isTaken
                            ? "stores refused by a full disk"
                            : areDeletes ? "deletes on a full disk" : "write-backs into the reserve");
        }
    }

    /** What a node whose disk is full told a client. */
    void ended(QuorumNode node, Room room, Call.Kind kind, Outcome outcome) {
        Coverage coverage = node.host.coverage();
        if (outcome instanceof Outcome.Failed failed) {
            String words = String.valueOf(failed.reason().getMessage());
            boolean isFull = failed.reason() instanceof StorageFullException;
            coverage.count("values refused by a full disk", isFull && kind == Call.Kind.SET ? 1 : 0);
            coverage.count("deletes refused by a full disk", isFull && kind == Call.Kind.DELETE ? 1 : 0);
            boolean areManyFull = failed.reason() instanceof MajorityUnavailableException && words.contains("full");
            coverage.count("writes refused because a majority is full", areManyFull ? 1 : 0);
        } else if (room != Room.AMPLE) {
            coverage.count("operations done on a full disk: " + kind);
        }
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
            stores++;
            request.cells().forEach((key, cell) -> {
                Tag other = tags.putIfAbsent(new Contended(key, cell.tag().counter()), cell.tag());
                if (other != null && !other.equals(cell.tag())) {
                    node.host.coverage().count("cells with tied counters");
                }
            });
        }
    }
}
