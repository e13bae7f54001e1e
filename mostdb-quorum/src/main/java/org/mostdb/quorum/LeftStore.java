package org.mostdb.quorum;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.quorum.CellStore.MemberRecord;

/**
 * A node's store as it was left, for reading only. {@link CellStore} would begin another life of the node.
 *
 * @param name for the operator
 * @param node who wrote it
 * @param lives the starts of that node
 * @param sequence the store sequence of its last batch
 * @param cluster its members as last recorded; empty if it never belonged to one, or was still recovering
 * @param marks what it remembers of the stores of the others
 * @param cells how many it holds
 * @param tombstones how many of these are
 * @param highWater at least the counter of every cell
 * @param settled up to which counter its cells are settled, see {@link Reclaim}
 */
record LeftStore(
        String name,
        StorageEngine engine,
        NodeId node,
        Lives lives,
        long sequence,
        Optional<Membership> cluster,
        Map<NodeId, Mark> marks,
        long cells,
        long tombstones,
        long highWater,
        long settled) {

    /** Takes one cell. */
    interface Visitor {
        void visit(Bytes key, Cell cell);
    }

    /** Reads all of a store; empty if no node was ever started on it. */
    static Optional<LeftStore> look(String name, StorageEngine engine) {
        try {
            Optional<byte[]> node = CellStore.record(engine, CellStore.NODE);
            if (node.isEmpty()) {
                return Optional.empty();
            }
            ByteBuffer progress = ByteBuffer.wrap(
                    CellStore.record(engine, CellStore.PROGRESS).orElseGet(() -> new byte[Long.BYTES + Long.BYTES]));
            long sequence = progress.getLong();
            long recordedHighWater = progress.getLong();
            Lives lives =
                    Lives.decode(CellStore.record(engine, CellStore.EPOCHS).orElseGet(() -> new byte[0]));
            Optional<Membership> cluster = CellStore.record(engine, MemberRecord.CLUSTER.key())
                    .map(bytes -> Membership.decode(ByteBuffer.wrap(bytes)));
            Map<NodeId, Mark> marks = Marks.decode(ByteBuffer.wrap(CellStore.recorded(engine, MemberRecord.MARKS)));
            Floor floor = Floor.decode(CellStore.recorded(engine, MemberRecord.FLOOR));
            long[] counted = {0, 0, recordedHighWater};
            forEachCell(name, engine, (key, cell) -> {
                counted[0]++;
                counted[1] += cell.isTombstone() ? 1 : 0;
                counted[2] = Math.max(counted[2], cell.tag().counter());
            });
            NodeId id = new NodeId(ByteBuffer.wrap(node.get()).getLong());
            return Optional.of(new LeftStore(
                    name,
                    engine,
                    id,
                    lives,
                    sequence,
                    cluster,
                    marks,
                    counted[0],
                    counted[1],
                    counted[2],
                    floor.settled()));
        } catch (BufferUnderflowException | IndexOutOfBoundsException | MalformedException e) {
            throw new StorageException("the node's own records in " + name + " are damaged: " + e.getMessage(), e);
        }
    }

    /** All cells, in the order of their keys. */
    void forEachCell(Visitor visitor) {
        forEachCell(name, engine, visitor);
    }

    private static void forEachCell(String name, StorageEngine engine, Visitor visitor) {
        try (Scan scan = engine.scan(CellStore.FIRST_CELL, CellStore.END_OF_CELLS)) {
            while (scan.next()) {
                Bytes key = CellStore.clientKey(scan.key());
                try {
                    visitor.visit(key, Cell.decode(key, scan.value().clone()));
                } catch (MalformedException e) {
                    throw new StorageException(
                            "the cell of key " + key + " in " + name + " is damaged: " + e.getMessage(), e);
                }
            }
        }
    }

    /** Whether it can add anything to a new cluster. */
    boolean isOfUse() {
        return cluster.isPresent() || cells > 0;
    }

    /** Whether another store remembers more of this one than it holds: it was put back from an older copy. */
    boolean isOlderThan(Mark mark) {
        // As a start now would find it.
        return !lives.next(0, sequence + 1).hold(mark);
    }

    /** For the operator. */
    String describe() {
        String membership = cluster.map(
                        members -> "cluster " + members.clusterName() + " of " + members.size() + " members "
                                + members.members() + ", node " + node
                                + (members.contains(node) ? "" : " (replaced since)"))
                .orElseGet(() -> "node " + node + ", which belonged to no cluster yet");
        int epoch = lives.lives().isEmpty() ? 0 : lives.present().number();
        return name + ": " + membership + ", started " + (epoch == 1 ? "once" : epoch + " times") + ", " + cells
                + (cells == 1 ? " key, " : " keys, ") + tombstones + " of them deleted";
    }
}
