package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.quorum.CellStore.ScanJob;
import org.mostdb.quorum.CellStore.Stretch;

/**
 * Which keys each batch changed, in the order of the store sequence: {@code l}, the sequence, and the keys with the
 * counters of their tags. Records are dropped from the front once all members hold what they tell of.
 *
 * <p>While a member is away, keys that are changed again and again would fill the disk. So when the log has got four
 * times the keys that it needs, it is gone through once from the front, three keys for each two that are added
 * meanwhile, and a key whose cell has another counter by now is taken out: a later record names it. So the log needs
 * room for at most some nine times the keys that were changed, however often. It is done in parts, and not faster than
 * it must be, since each look at a cell costs the writer more than the write of one.
 *
 * <p>Added to, trimmed and gone through by the writer; read by any thread.
 */
final class ChangeLog {

    private static final byte LOG = 'l';
    private static final int TRIMMED_AT_ONCE = 256;
    private static final int ADDED_FOR_ONE_NEEDED = 4;
    /** More than a fourth more than are added, or it would not come to its end before it is to begin again. */
    private static final double LOOKED_AT_FOR_ONE_ADDED = 1.5;

    private final StorageEngine engine;
    private final Function<Bytes, @Nullable Cell> cells;
    private final long fewKeys;
    /** To begin a scan costs an engine as much as looking at many keys, so that is not done for each batch. */
    private final long keysAtOnce;

    private volatile long trimmed;
    /** Since the log was last begun to be gone through. */
    private long addedKeys;

    private long neededKeys;
    /** While the log is gone through: the last record that was looked at; and the last one to look at. */
    private long doneTo;

    private long goneThroughTo;
    private long lookedAtKeys;

    /**
     * @param sequence the store sequence at the start; 1 of a store that is new, and lacks nothing in its log
     * @param cells reads a cell as the engine has it
     * @param fewKeys a log that has fewer is left as it is
     */
    ChangeLog(StorageEngine engine, long sequence, Function<Bytes, @Nullable Cell> cells, long fewKeys) {
        this.engine = engine;
        this.cells = cells;
        this.fewKeys = fewKeys;
        this.keysAtOnce = Math.max(1, fewKeys / 100);
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

    /** Adds what a batch changes. */
    void add(WriteBatch batch, long sequence, SortedMap<Bytes, Cell> changed) {
        byte[] key = keyOf(sequence);
        batch.put(key, Checksum.with(key, encode(changed, cell -> cell.tag().counter())));
        addedKeys += changed.size();
        boolean isGoingThrough = doneTo < goneThroughTo;
        if (isGoingThrough) {
            long dueKeys = (long) (addedKeys * LOOKED_AT_FOR_ONE_ADDED) - lookedAtKeys;
            if (dueKeys >= keysAtOnce) {
                goThrough(batch, dueKeys);
            }
        } else if (addedKeys > Math.max(fewKeys, ADDED_FOR_ONE_NEEDED * neededKeys)) {
            addedKeys = 0;
            neededKeys = 0;
            lookedAtKeys = 0;
            doneTo = trimmed;
            goneThroughTo = sequence - 1;
        }
    }

    /** All members hold what this batch changes: nothing is to be told of it, or of those before. */
    void skip(long sequence) {
        trimmed = sequence;
    }

    /** Drops records, a part of them at a time. */
    void trim(WriteBatch batch, long heldByAll) {
        long end = Math.min(heldByAll, trimmed + TRIMMED_AT_ONCE);
        for (long sequence = trimmed + 1; sequence <= end; sequence++) {
            batch.delete(keyOf(sequence));
        }
        trimmed = Math.max(trimmed, end);
        doneTo = Math.max(doneTo, trimmed);
    }

    private void goThrough(WriteBatch batch, long keys) {
        long looked = 0;
        try (Scan scan = engine.scan(keyOf(doneTo + 1), keyOf(goneThroughTo + 1))) {
            while (looked < keys && scan.next()) {
                SortedMap<Bytes, Long> record = decoded(scan.key(), scan.value());
                looked += record.size();
                boolean isShortened =
                        record.entrySet().removeIf(entry -> isChangedSince(entry.getKey(), entry.getValue()));
                if (record.isEmpty()) {
                    batch.delete(scan.key().clone());
                } else if (isShortened) {
                    byte[] key = scan.key().clone();
                    batch.put(key, Checksum.with(key, encode(record, counter -> counter)));
                }
                neededKeys += record.size();
                doneTo = sequenceOf(scan.key());
            }
        }
        lookedAtKeys += looked;
        if (looked < keys) {
            doneTo = goneThroughTo;
        }
    }

    private boolean isChangedSince(Bytes key, long counter) {
        Cell cell = cells.apply(key);
        return cell == null || cell.tag().counter() != counter;
    }

    /** The present cells of changed keys. */
    Stretch read(ScanJob job) {
        Map<Bytes, Cell> found = new LinkedHashMap<>();
        long bytes = 0;
        Cursor from = job.from();
        try (Scan scan = engine.scan(keyOf(from.sequence() + 1), new byte[] {LOG + 1})) {
            while (scan.next()) {
                long sequence = sequenceOf(scan.key());
                SortedMap<Bytes, Long> record = decoded(scan.key(), scan.value());
                Bytes done = sequence == from.sequence() + 1 ? from.after() : Bytes.EMPTY;
                for (Map.Entry<Bytes, Long> entry : record.entrySet()) {
                    Bytes key = entry.getKey();
                    if (key.compareTo(done) <= 0) {
                        continue;
                    }
                    if (bytes > job.byteLimit()) {
                        return new Stretch(found, new Cursor(sequence - 1, done));
                    }
                    Cell cell = found.containsKey(key) ? null : cells.apply(key);
                    if (cell != null) {
                        found.put(key, cell);
                        bytes += MessageCodec.cellBytes(key, cell);
                    }
                    done = key;
                }
            }
            return new Stretch(found, null);
        }
    }

    private static <V> byte[] encode(SortedMap<Bytes, V> record, ToLongFunction<V> counter) {
        int bytes = 0;
        for (Bytes key : record.keySet()) {
            bytes += Integer.BYTES + key.size() + Long.BYTES;
        }
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        record.forEach(
                (key, value) -> buffer.putInt(key.size()).put(key.array()).putLong(counter.applyAsLong(value)));
        return buffer.array();
    }

    private static SortedMap<Bytes, Long> decoded(byte[] key, byte[] stored) {
        if (!Checksum.isRight(key, stored)) {
            throw new CorruptStoreException("a record of changed keys in the store is damaged");
        }
        SortedMap<Bytes, Long> record = new TreeMap<>();
        ByteBuffer from = ByteBuffer.wrap(stored, 0, stored.length - Checksum.BYTES);
        while (from.hasRemaining()) {
            byte[] changed = new byte[from.getInt()];
            from.get(changed);
            record.put(Bytes.wrap(changed), from.getLong());
        }
        return record;
    }

    private static byte[] keyOf(long sequence) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(LOG).putLong(sequence).array();
    }

    private static long sequenceOf(byte[] key) {
        return ByteBuffer.wrap(Arrays.copyOfRange(key, 1, key.length)).getLong();
    }
}
