package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.MemberRecord;

/**
 * What this node remembers of the others: how far the store of each had come. A member whose store holds less than that
 * after a start has lost its memory, see {@link Checking}.
 *
 * <p>The marks are kept in the store: with each batch for something else, and at most once in a while, because a write
 * only for them must not be news to the others, who would write it down.
 */
final class Marks {

    private static final long INTERVAL_NANOS = 1_000_000_000L;

    private final Replica replica;
    private final Map<NodeId, Mark> marks;
    private final Map<NodeId, Long> heldBy;
    private boolean changed;
    private long nextRecordNanos;

    /** @param stored what an earlier life recorded; empty if nothing */
    Marks(Replica replica, byte[] stored, long nowNanos) {
        this.replica = replica;
        ByteBuffer from = ByteBuffer.wrap(stored);
        this.marks = decode(from);
        this.heldBy = decodeHeld(from);
        this.nextRecordNanos = nowNanos;
        replica.setRecordedAlong(MemberRecord.MARKS, this::takeChanged);
    }

    /** A node has told how far its store is. */
    void heard(NodeId node, long life, long sequence) {
        Mark before = marks.get(node);
        Mark after = before == null ? new Mark(life, sequence) : before.max(new Mark(life, sequence));
        if (!after.equals(before)) {
            marks.put(node, after);
            changed = true;
        }
    }

    /** A node has told up to which store sequence of this one it holds all that this one holds. */
    void holds(NodeId node, long sequence) {
        if (sequence > heldBy(node)) {
            heldBy.put(node, sequence);
            changed = true;
        }
    }

    /** The highest that it has told; 0 if none. */
    long heldBy(NodeId node) {
        return heldBy.getOrDefault(node, 0L);
    }

    /** What is remembered of a node, if anything. */
    @Nullable
    Mark of(NodeId node) {
        return marks.get(node);
    }

    /** All that is remembered. */
    Map<NodeId, Mark> all() {
        return Map.copyOf(marks);
    }

    /** Takes over what another member remembers. */
    void merge(Map<NodeId, Mark> others) {
        others.forEach((node, mark) -> heard(node, mark.life(), mark.sequence()));
    }

    /** Forgets who is no member. */
    void retain(Membership members) {
        changed |= marks.keySet().removeIf(node -> !members.contains(node));
        changed |= heldBy.keySet().removeIf(node -> !members.contains(node));
    }

    /** Sees to it that what is remembered gets recorded, also while no cells are written. */
    void tick(long nowNanos) {
        if (changed && nowNanos - nextRecordNanos >= 0) {
            nextRecordNanos = nowNanos + INTERVAL_NANOS;
            replica.writeSoon();
        }
    }

    private byte @Nullable [] takeChanged() {
        if (!changed) {
            return null;
        }
        changed = false;
        ByteBuffer buffer = ByteBuffer.allocate(encodedBytes(marks) + 1 + heldBy.size() * 2 * Long.BYTES);
        encode(marks, buffer);
        buffer.put((byte) heldBy.size());
        heldBy.forEach((node, sequence) -> buffer.putLong(node.bits()).putLong(sequence));
        return buffer.array();
    }

    private static Map<NodeId, Long> decodeHeld(ByteBuffer from) {
        Map<NodeId, Long> held = new HashMap<>();
        int count = from.hasRemaining() ? from.get() : 0;
        for (int i = 0; i < count; i++) {
            held.put(new NodeId(from.getLong()), from.getLong());
        }
        return held;
    }

    static int encodedBytes(Map<NodeId, Mark> marks) {
        return 1 + marks.size() * (Long.BYTES + Mark.BYTES);
    }

    static void encode(Map<NodeId, Mark> marks, ByteBuffer to) {
        to.put((byte) marks.size());
        new TreeMap<>(marks).forEach((node, mark) -> mark.encode(to.putLong(node.bits())));
    }

    static Map<NodeId, Mark> decode(ByteBuffer from) {
        Map<NodeId, Mark> marks = new HashMap<>();
        int count = from.hasRemaining() ? from.get() : 0;
        if (count < 0) {
            throw new MalformedException("marks of " + count + " members");
        }
        for (int i = 0; i < count; i++) {
            marks.put(new NodeId(from.getLong()), Mark.decode(from));
        }
        return marks;
    }
}
