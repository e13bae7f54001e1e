package org.mostdb.quorum;

import java.nio.ByteBuffer;
import org.mostdb.api.NodeId;
import org.mostdb.api.Version;

/**
 * Names one write of one key and says which of two is newer. Totally ordered, and never used twice: the counter grows
 * within an epoch, the epoch differs between the lives of a node, the id between nodes.
 *
 * <p>Source: the tags of Lynch and Shvartsman, Robust emulation of shared memory using dynamic quorum-acknowledged
 * broadcasts, FTCS 1997; the epoch is ours.
 *
 * @param counter one above the greatest that a majority knew of when the write began
 */
record Tag(long counter, Epoch epoch, NodeId node) implements Comparable<Tag>, Version {

    /** The size of an encoded tag in bytes. */
    static final int BYTES = Long.BYTES + Integer.BYTES + Long.BYTES + Long.BYTES;

    void encode(ByteBuffer to) {
        to.putLong(counter).putInt(epoch.number()).putLong(epoch.random()).putLong(node.bits());
    }

    static Tag decode(ByteBuffer from) {
        return new Tag(from.getLong(), new Epoch(from.getInt(), from.getLong()), new NodeId(from.getLong()));
    }

    @Override
    public int compareTo(Tag other) {
        int byCounter = Long.compare(counter, other.counter);
        if (byCounter != 0) {
            return byCounter;
        }
        int byEpoch = epoch.compareTo(other.epoch);
        return byEpoch != 0 ? byEpoch : node.compareTo(other.node);
    }

    @Override
    public String text() {
        return Long.toHexString(counter) + "-" + Integer.toHexString(epoch.number()) + "."
                + Long.toHexString(epoch.random()) + "-" + node;
    }

    @Override
    public String toString() {
        return text();
    }
}
