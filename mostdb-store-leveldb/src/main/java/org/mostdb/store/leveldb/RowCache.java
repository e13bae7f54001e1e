package org.mostdb.store.leveldb;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * Rows that were read from LevelDB lately, so that they are read again without it. {@link OffHeap}, in parts with a
 * lock each. A part is a ring: a new row overwrites those that were put there first.
 *
 * <p>A reader never finds a row here that was changed before its read began, as far as the callers keep to this:
 *
 * <ul>
 *   <li>Who reads asks for the {@link #generation} first, then looks for newer changes, then here, then in LevelDB, and
 *       says the generation when it puts the row here.
 *   <li>Who has changed LevelDB tells by {@link #drop} before readers cease to find the changes elsewhere.
 * </ul>
 *
 * <p>So if LevelDB was changed since the row was read, either the generation is another one, and the row is refused, or
 * it is here already, and is dropped.
 *
 * <p>For any thread. Who reads or puts waits for nobody: what is being changed just then counts as not held. The scheme
 * of the ring, with an index that is not told of what is overwritten, is that of MICA's cache mode (Lim et al., NSDI
 * 2014).
 */
final class RowCache {

    private static final int PART_BITS = 4;

    /** How many parts there are, and what the size is a multiple of. */
    static final int PARTS = 1 << PART_BITS;

    /** Of a part's ring, a row takes no more than this share. */
    private static final int LARGEST_SHARE = 16;

    /** What fits into the index, of eight bytes each: a part begins anew when so much was put into it. */
    private static final long MOST_UNITS = 0xFFFF_FFFEL;

    private final Part[] parts;
    private final AtomicLong generation = new AtomicLong();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /**
     * @param bytes for rows; the index takes an eighth of it more. 0 if none are to be held
     * @throws org.mostdb.api.StorageException if the JVM's bound on memory outside of the heap leaves no room for it
     */
    RowCache(long bytes) {
        this(bytes, MOST_UNITS);
    }

    /** @param mostUnits after which a part begins anew, to try it with fewer */
    RowCache(long bytes, long mostUnits) {
        parts = new Part[bytes == 0 ? 0 : PARTS];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = new Part(Math.toIntExact(bytes / PARTS), mostUnits);
        }
    }

    /** How often changed rows were dropped so far. */
    long generation() {
        return generation.get();
    }

    /** The row of a key, or null if it is not held. */
    byte @Nullable [] get(byte[] key) {
        if (parts.length == 0) {
            return null;
        }
        int hash = MemoryTable.spreadHash(key);
        byte[] row = part(hash).get(key, hash);
        (row == null ? misses : hits).increment();
        return row;
    }

    /**
     * Holds a row, if there is room for one of its size.
     *
     * @param since the generation before it was read
     */
    void put(byte[] key, byte[] row, long since) {
        if (parts.length > 0) {
            int hash = MemoryTable.spreadHash(key);
            part(hash).put(key, hash, row, since);
        }
    }

    /** LevelDB holds these changes from now on: what is held of their keys is older. */
    void drop(MemoryTable changes) {
        if (parts.length > 0) {
            generation.incrementAndGet();
            changes.forEachKey(key -> {
                int hash = MemoryTable.spreadHash(key);
                part(hash).drop(key, hash);
            });
        }
    }

    /** How many rows were found here. */
    long hits() {
        return hits.sum();
    }

    /** How many were not. */
    long misses() {
        return misses.sum();
    }

    private Part part(int hash) {
        return parts[hash >>> (Integer.SIZE - PART_BITS)];
    }

    /**
     * A ring of rows, each as a {@link JournalRecord} holds the put of one. The index tells where a row was put,
     * counted through all rounds of the ring, from which follows whether it was overwritten since.
     */
    private final class Part {

        /** Places that a key may have in the index; together as large as a line of the processor's cache. */
        private static final int BUCKET = 8;

        private static final int LEAST_ROW_BYTES = 64;
        private static final int UNIT = 8;

        private final StampedLock lock = new StampedLock();
        private final int capacity;
        private final long mostUnits;
        private final ByteBuffer ring;

        /** Each the hash of a key, and one more than where its row begins, in units; 0 if empty. */
        private final long[] index;

        /** Where the next row begins, in units through all rounds. */
        private long end;

        Part(int capacity, long mostUnits) {
            this.capacity = capacity;
            this.mostUnits = mostUnits;
            this.ring = OffHeap.allocate(capacity, "a part of the cache of rows", "row-cache-mib");
            this.index = new long[Integer.highestOneBit(capacity / LEAST_ROW_BYTES)];
        }

        byte @Nullable [] get(byte[] key, int hash) {
            long stamp = lock.tryOptimisticRead();
            if (stamp == 0) {
                return null;
            }
            int place = place(key, hash);
            long slot = place < 0 ? 0 : index[place]; // read once, since another thread may empty it
            byte[] row = slot == 0 ? null : JournalRecord.value(ring, offset(slot));
            return lock.validate(stamp) ? row : null;
        }

        void put(byte[] key, int hash, byte[] row, long since) {
            long bytes = JournalRecord.putBytes(key, row);
            if (bytes > capacity / LARGEST_SHARE) {
                return;
            }
            long stamp = lock.tryWriteLock();
            if (stamp == 0) {
                return;
            }
            try {
                if (generation() == since) {
                    put(key, hash, row, (int) (bytes + UNIT - 1) / UNIT);
                }
            } finally {
                lock.unlockWrite(stamp);
            }
        }

        private void put(byte[] key, int hash, byte[] row, int units) {
            long untilRoundEnds = capacity / UNIT - end % (capacity / UNIT);
            if (untilRoundEnds < units) {
                end += untilRoundEnds;
            }
            if (end + units > mostUnits) {
                Arrays.fill(index, 0);
                end = 0;
            }
            int place = place(key, hash);
            long slot = ((long) hash << Integer.SIZE) | (end + 1);
            JournalRecord.writePut(ring, offset(slot), key, row);
            end += units;
            index[place < 0 ? oldest(hash) : place] = slot;
        }

        void drop(byte[] key, int hash) {
            long stamp = lock.writeLock();
            try {
                int place = place(key, hash);
                if (place >= 0) {
                    index[place] = 0;
                }
            } finally {
                lock.unlockWrite(stamp);
            }
        }

        /** Where the index tells of a key's row; less than 0 if nowhere. */
        private int place(byte[] key, int hash) {
            int bucket = bucket(hash);
            for (int place = bucket; place < bucket + BUCKET; place++) {
                long slot = index[place];
                if ((int) (slot >>> Integer.SIZE) == hash
                        && isHeld(slot)
                        && JournalRecord.hasKey(ring, offset(slot), key)) {
                    return place;
                }
            }
            return -1;
        }

        private int bucket(int hash) {
            return ((hash << PART_BITS) >>> (Integer.numberOfLeadingZeros(index.length) + 1)) & -BUCKET;
        }

        /** The place of a bucket that tells of no row, or of that which was put first. */
        private int oldest(int hash) {
            int bucket = bucket(hash);
            int oldest = bucket;
            for (int place = bucket + 1; place < bucket + BUCKET; place++) {
                if (units(index[place]) < units(index[oldest])) {
                    oldest = place;
                }
            }
            return oldest;
        }

        /** Whether a row is still there: nothing was written over it. */
        private boolean isHeld(long slot) {
            long units = units(slot);
            return units > 0 && units > end - capacity / UNIT;
        }

        private static long units(long slot) {
            return slot & 0xFFFF_FFFFL;
        }

        private int offset(long slot) {
            return (int) ((units(slot) - 1) % (capacity / UNIT)) * UNIT;
        }
    }
}
