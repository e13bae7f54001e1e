package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/**
 * Which cells of a store are tombstones, in the order of their counters, so that those to drop are found without
 * reading the others: {@code t}, the counter, and the key.
 *
 * <p>Added to and dropped by the writer; read by any thread.
 */
final class Tombstones {

    /** Reads a cell of the store. */
    interface Cells {
        @Nullable
        Cell read(Bytes key);
    }

    private static final byte TOMBSTONE = 't';
    private static final int DROPPED_AT_ONCE = 256;
    private static final int BEFORE_KEY = 1 + Long.BYTES;

    private final StorageEngine engine;
    private volatile long lowest = Long.MAX_VALUE;

    Tombstones(StorageEngine engine) {
        this.engine = engine;
        try (Scan scan = engine.scan(new byte[] {TOMBSTONE}, new byte[] {TOMBSTONE + 1})) {
            if (scan.next()) {
                lowest = counterOf(scan.key());
            }
        }
    }

    /** The lowest counter of any tombstone; the greatest number if there is none. */
    long lowest() {
        return lowest;
    }

    /** A batch stores a tombstone. */
    void add(WriteBatch batch, Bytes key, Cell cell) {
        put(batch, key, cell);
        lowest = Math.min(lowest, cell.tag().counter());
    }

    /** Notes a tombstone in a store that nobody has open. */
    static void put(WriteBatch batch, Bytes key, Cell cell) {
        batch.put(entry(cell.tag().counter(), key), new byte[0]);
    }

    /**
     * Drops tombstones, a part of them at a time.
     *
     * @param upTo the counter
     * @param changed the keys whose cells the batch replaces
     */
    void drop(WriteBatch batch, long upTo, Set<Bytes> changed, Cells cells) {
        if (lowest > upTo) {
            return;
        }
        int dropped = 0;
        try (Scan scan = engine.scan(new byte[] {TOMBSTONE}, new byte[] {TOMBSTONE + 1})) {
            while (scan.next()) {
                byte[] entry = scan.key().clone();
                long counter = counterOf(entry);
                if (counter > upTo || dropped == DROPPED_AT_ONCE) {
                    lowest = counter;
                    return;
                }
                dropped++;
                batch.delete(entry);
                Bytes key = Bytes.wrap(Arrays.copyOfRange(entry, BEFORE_KEY, entry.length));
                Cell cell = changed.contains(key) ? null : cells.read(key);
                if (cell != null && cell.isTombstone() && cell.tag().counter() == counter) {
                    batch.delete(CellStore.cellKey(key));
                }
            }
        }
        lowest = Long.MAX_VALUE;
    }

    private static byte[] entry(long counter, Bytes key) {
        return ByteBuffer.allocate(BEFORE_KEY + key.size())
                .put(TOMBSTONE)
                .putLong(counter)
                .put(key.array())
                .array();
    }

    private static long counterOf(byte[] entry) {
        return ByteBuffer.wrap(entry, 1, Long.BYTES).getLong();
    }
}
