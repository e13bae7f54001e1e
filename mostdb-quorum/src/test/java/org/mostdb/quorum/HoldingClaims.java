package org.mostdb.quorum;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.StorageException;

/**
 * Sees in each step of a run that K1 of docs/consistency.md holds: a node that believes that it holds all that another
 * store held at some sequence does hold it. What a wrong belief leads to, a deleted key that returns, takes several
 * more coincidences.
 */
final class HoldingClaims {

    /** What each store held at each of its sequences. */
    private final Map<NodeId, NavigableMap<Long, Map<Bytes, Cell>>> stores = new HashMap<>();

    private final Map<QuorumNode, Map<NodeId, Long>> checked = new HashMap<>();
    private @Nullable String violation;

    /** A store has come to a sequence. */
    void stored(CellStore store, long sequence) {
        NavigableMap<Long, Map<Bytes, Cell>> history = stores.computeIfAbsent(store.node(), unused -> new TreeMap<>());
        history.tailMap(sequence, true).clear(); // a crash took back what was there
        try {
            history.put(
                    sequence,
                    store.scan(new CellStore.ScanJob(Cursor.ofAll(), Integer.MAX_VALUE, unused -> {}))
                            .cells());
        } catch (StorageException damaged) {
            history.clear();
        }
    }

    /**
     * A node has made a step.
     *
     * @param floor up to where any node knows cells to be settled: a store that was copied later may lack what others
     *     had dropped
     */
    void lookedAt(QuorumNode node, QuorumCore core, Floor floor) {
        if (!core.members().isVoting()) {
            return;
        }
        for (NodeId other : core.members().othersUp()) {
            long sequence = core.progress().holdsOf(other);
            Long before =
                    checked.computeIfAbsent(node, unused -> new HashMap<>()).put(other, sequence);
            if (before == null || before != sequence) {
                check(node, floor, other, sequence);
            }
        }
    }

    private void check(QuorumNode node, Floor floor, NodeId other, long sequence) {
        NavigableMap<Long, Map<Bytes, Cell>> history = stores.getOrDefault(other, new TreeMap<>());
        Map.Entry<Long, Map<Bytes, Cell>> held = history.floorEntry(sequence);
        if (held == null || violation != null) {
            return;
        }
        held.getValue().forEach((key, cell) -> {
            if (!holds(node, floor, key, cell)) {
                violation = "node " + node.host.place() + " (" + node.store.node() + ") believes that it holds all of "
                        + other + " up to " + sequence + ", and lacks " + cell + " of " + key.toUtf8();
            }
        });
    }

    private static boolean holds(QuorumNode node, Floor floor, Bytes key, Cell cell) {
        try {
            Cell own = node.store.read(key);
            return own == null ? floor.isSettled(cell) : !cell.isNewerThan(own);
        } catch (StorageException damaged) {
            return true;
        }
    }

    /** The first wrong belief, in words. */
    Optional<String> violation() {
        return Optional.ofNullable(violation);
    }
}
