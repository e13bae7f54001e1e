package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.quorum.CellStore.Changes;
import org.mostdb.quorum.CellStore.ChangesJob;

/**
 * Which keys each batch changed, in the order of the store sequence: {@code l}, the sequence, and the keys. Records are
 * dropped from the front once all members hold what they tell of.
 *
 * <p>Added to and trimmed by the writer; read by any thread.
 */
final class ChangeLog {

    private static final byte LOG = 'l';
    private static final int TRIMMED_AT_ONCE = 256;

    private final StorageEngine engine;
    private volatile long trimmed;

    /** @param sequence the store sequence at the start; 1 of a store that is new, and lacks nothing in its log */
    ChangeLog(StorageEngine engine, long sequence) {
        this.engine = engine;
        this.trimmed = sequence > 1 ? sequence : 0;
        try (Scan scan = engine.scan(new byte[] {LOG}, new byte[] {LOG + 1})) {
            if (scan.next()) {
                trimmed = sequenceOf(scan.key()) - 1;
            }
        }
    }

    /** The record of this sequence and those before it are gone. */
    long trimmed() {
        return trimmed;
    }

    void add(WriteBatch batch, long sequence, List<Bytes> keys) {
        int bytes = 0;
        for (Bytes key : keys) {
            bytes += Integer.BYTES + key.size();
        }
        ByteBuffer record = ByteBuffer.allocate(bytes);
        keys.forEach(key -> record.putInt(key.size()).put(key.array()));
        batch.put(keyOf(sequence), record.array());
    }

    /** Drops records, a part of them at a time. */
    void trim(WriteBatch batch, long heldByAll) {
        long end = Math.min(heldByAll, trimmed + TRIMMED_AT_ONCE);
        for (long sequence = trimmed + 1; sequence <= end; sequence++) {
            batch.delete(keyOf(sequence));
        }
        trimmed = Math.max(trimmed, end);
    }

    /** The present cells of changed keys. */
    Changes read(ChangesJob job, Function<Bytes, @Nullable Cell> cells) {
        Map<Bytes, Cell> found = new LinkedHashMap<>();
        long bytes = 0;
        Cursor from = job.from();
        try (Scan scan = engine.scan(keyOf(from.sequence() + 1), new byte[] {LOG + 1})) {
            while (scan.next()) {
                long sequence = sequenceOf(scan.key());
                ByteBuffer record = ByteBuffer.wrap(scan.value());
                int done = sequence == from.sequence() + 1 ? from.keys() : 0;
                for (int i = 0; record.hasRemaining(); i++) {
                    byte[] key = new byte[record.getInt()];
                    record.get(key);
                    if (i < done) {
                        continue;
                    }
                    if (bytes > job.byteLimit()) {
                        return new Changes(found, new Cursor(sequence - 1, i, Bytes.EMPTY));
                    }
                    Bytes changed = Bytes.wrap(key);
                    Cell cell = found.containsKey(changed) ? null : cells.apply(changed);
                    if (cell != null) {
                        found.put(changed, cell);
                        bytes += MessageCodec.cellBytes(changed, cell);
                    }
                }
            }
            return new Changes(found, null);
        }
    }

    private static byte[] keyOf(long sequence) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(LOG).putLong(sequence).array();
    }

    private static long sequenceOf(byte[] key) {
        return ByteBuffer.wrap(Arrays.copyOfRange(key, 1, key.length)).getLong();
    }
}
