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
    private boolean changed;
    private long nextRecordNanos;

    /** @param stored what an earlier life recorded; empty if nothing */
    Marks(Replica replica, byte[] stored, long nowNanos) {
        this.replica = replica;
        this.marks = decode(ByteBuffer.wrap(stored));
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
    }

    /** Sees to it that what is remembered gets recorded, also while no cells are written. */
    void tick(long nowNanos) {
        if (changed && nowNanos - nextRecordNanos >= 0) {
            nextRecordNanos = nowNanos + INTERVAL_NANOS;
            replica.recordAlong();
        }
    }

    private byte @Nullable [] takeChanged() {
        if (!changed) {
            return null;
        }
        changed = false;
        ByteBuffer buffer = ByteBuffer.allocate(encodedBytes(marks));
        encode(marks, buffer);
        return buffer.array();
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
