package org.mostdb.quorum;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Below which counters a store is closed, see {@link Reclaim}. Kept in the store.
 *
 * @param floor no store request brings a cell with a counter up to this one any more
 * @param settled up to here all members hold the same, and a tombstone is as good as nothing
 */
record Floor(long floor, long settled) {

    static final Floor NONE = new Floor(0, 0);

    static final int BYTES = Long.BYTES + Long.BYTES;

    /** Whether a store request brings it too late. */
    boolean isLate(Cell cell) {
        return cell.tag().counter() <= floor;
    }

    /** Whether all members hold it, or a newer one, or have dropped a tombstone that was newer. */
    boolean isSettled(Cell cell) {
        return cell.tag().counter() <= settled;
    }

    /** The cell, or nothing if it is a settled tombstone: some members have dropped it already. */
    @Nullable
    Cell present(@Nullable Cell cell) {
        return cell != null && cell.isTombstone() && isSettled(cell) ? null : cell;
    }

    Floor withFloor(long atLeast) {
        return new Floor(Math.max(floor, atLeast), settled);
    }

    Floor withSettled(long atLeast) {
        return new Floor(floor, Math.max(settled, atLeast));
    }

    byte[] encoded() {
        return ByteBuffer.allocate(BYTES).putLong(floor).putLong(settled).array();
    }

    /** @param stored empty if nothing was recorded */
    static Floor decode(byte[] stored) {
        if (stored.length == 0) {
            return NONE;
        }
        ByteBuffer from = ByteBuffer.wrap(stored);
        return new Floor(from.getLong(), from.getLong());
    }
}
