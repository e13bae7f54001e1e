package org.mostdb.quorum;

import org.mostdb.api.NodeId;

/** Gives out the tags of a node's own writes in one life, each greater than the one before. */
class TagSource {

    private final Epoch epoch;
    private final NodeId node;
    private long last;

    TagSource(Epoch epoch, NodeId node) {
        this.epoch = epoch;
        this.node = node;
    }

    /**
     * A batch begins: its tags are above all counters that a majority knew, and above those of the batch before, which
     * may still be on its way to the members.
     */
    void begin(long highestKnown) {
        last = Math.max(last, highestKnown);
    }

    /** The tag of the batch's next write. */
    Tag next() {
        return new Tag(++last, epoch, node);
    }
}
