package org.mostdb.quorum;

import java.nio.ByteBuffer;

/**
 * How far a member's store had come when it was last heard of.
 *
 * @param life the last one that was met, see {@link Epoch#life}
 * @param sequence the highest store sequence that it told in that life; 0 if none
 */
record Mark(long life, long sequence) {

    static final int BYTES = Long.BYTES + Long.BYTES;

    /** The later of two. */
    Mark max(Mark other) {
        int byNumber = Integer.compare(Epoch.numberOf(life), Epoch.numberOf(other.life));
        if (byNumber != 0) {
            return byNumber > 0 ? this : other;
        }
        return sequence >= other.sequence ? this : other;
    }

    void encode(ByteBuffer to) {
        to.putLong(life).putLong(sequence);
    }

    static Mark decode(ByteBuffer from) {
        return new Mark(from.getLong(), from.getLong());
    }
}
