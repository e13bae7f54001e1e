package org.mostdb.store.leveldb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.WriteBatch;

final class RowCacheTest {

    private static final int CACHE_BYTES = 1 << 20;
    /** One and a half rounds of a part's ring, until its index begins anew. */
    private static final int FEW_UNITS = CACHE_BYTES / RowCache.PARTS / 8 * 3 / 2;

    private static final int PATIENCE_SECONDS = 60;

    private final RowCache cache = new RowCache(CACHE_BYTES);

    private static byte[] key(int number) {
        return Bytes.utf8("key-" + number).array();
    }

    /** A row that is like no other one anywhere. */
    private static byte[] row(int key, long number, int longs) {
        ByteBuffer row = ByteBuffer.allocate(longs * Long.BYTES);
        while (row.hasRemaining()) {
            row.putLong(number << Integer.SIZE | key);
        }
        return row.array();
    }

    private static byte[] row(int key, long number) {
        return row(key, number, 12 + key % 3);
    }

    private static long number(byte[] row) {
        return ByteBuffer.wrap(row).getLong() >>> Integer.SIZE;
    }

    private static MemoryTable changesOf(int... keys) {
        WriteBatch batch = new WriteBatch();
        for (int key : keys) {
            batch.put(key(key), new byte[] {1});
        }
        JournalImage image = JournalImage.allocate(Math.toIntExact(Journal.imageBytes(batch)));
        MemoryTable table = new MemoryTable(image);
        table.add(JournalRecord.encode(image.bytes(), JournalHeader.BYTES, 7, 1, 0, 0, batch));
        return table;
    }

    @Test
    void holdsWhatWasPutLast() {
        assertNull(cache.get(key(1)));
        cache.put(key(1), row(1, 1), 0);
        assertArrayEquals(row(1, 1), cache.get(key(1)));
        cache.put(key(1), row(1, 2), 0);
        assertArrayEquals(row(1, 2), cache.get(key(1)));
        assertNull(cache.get(key(2)));
        assertEquals(2, cache.hits());
        assertEquals(2, cache.misses());
    }

    @Test
    void holdsTheEmptyRowOfTheEmptyKey() {
        cache.put(new byte[0], new byte[0], 0);
        assertArrayEquals(new byte[0], cache.get(new byte[0]));
    }

    @Test
    void dropsWhatWasChangedAndKeepsTheRest() {
        cache.put(key(1), row(1, 1), 0);
        cache.put(key(2), row(2, 1), 0);
        cache.drop(changesOf(1, 3));
        assertNull(cache.get(key(1)));
        assertArrayEquals(row(2, 1), cache.get(key(2)));
    }

    /** Else a reader that was slow would bring back what LevelDB had before. */
    @Test
    void refusesARowThatWasReadBeforeAChange() {
        long before = cache.generation();
        cache.drop(changesOf(3));
        cache.put(key(1), row(1, 1), before);
        assertNull(cache.get(key(1)));
        cache.put(key(1), row(1, 1), cache.generation());
        assertArrayEquals(row(1, 1), cache.get(key(1)));
    }

    @Test
    void overwritesTheOldestRowsAndFindsNoOtherInTheirPlace() {
        int keys = 20_000; // as much as twice what there is room for
        for (int key = 0; key < keys; key++) {
            cache.put(key(key), row(key, 1), 0);
        }
        int held = 0;
        for (int key = 0; key < keys; key++) {
            byte @Nullable [] found = cache.get(key(key));
            if (found != null) {
                assertArrayEquals(row(key, 1), found);
                held++;
            }
        }
        int fit = CACHE_BYTES / (8 + key(keys).length + row(2, 1).length);
        assertTrue(held > fit * 0.8 && held < keys / 2, held + " of " + fit + " that fit in are held");
        assertNull(cache.get(key(0)), "the first one is gone");
        assertArrayEquals(row(keys - 1, 1), cache.get(key(keys - 1)), "the last one is not");
    }

    @Test
    void goesOnWhenItsIndexCannotCountOn() {
        RowCache few = new RowCache(CACHE_BYTES, FEW_UNITS);
        for (int key = 0; key < 40_000; key++) {
            few.put(key(key), row(key, 1), 0);
            assertArrayEquals(row(key, 1), few.get(key(key)));
        }
        assertNull(few.get(key(0)));
    }

    /** What is left of a row that was overwritten is a row of the client's choice. */
    @Test
    void findsNoRowWithinAnother() {
        findsNoRowWithinAnother(cache);
        findsNoRowWithinAnother(new RowCache(CACHE_BYTES, FEW_UNITS));
    }

    private static void findsNoRowWithinAnother(RowCache cache) {
        byte[] forged = new byte[3072];
        ByteBuffer rows = ByteBuffer.wrap(forged);
        while (rows.remaining() >= 64) {
            int start = rows.position();
            rows.putInt(key(1).length)
                    .putInt(6)
                    .put(key(1))
                    .put(Bytes.utf8("forged").array());
            rows.position(start + 64);
        }
        for (int at = 0; at < 64; at += 8) {
            cache.put(key(1), row(1, 1), 0);
            for (int i = 0; i < 2 * CACHE_BYTES / forged.length; i++) {
                cache.put(key(1000 + i), forged, 0);
                byte @Nullable [] found = cache.get(key(1));
                if (found != null) {
                    assertArrayEquals(row(1, 1), found);
                }
            }
            assertNull(cache.get(key(1)), "all was overwritten");
            forged = Arrays.copyOfRange(forged, 8, forged.length);
        }
    }

    @Test
    void holdsNoRowThatTakesMoreThanASixteenthOfAPart() {
        int most = CACHE_BYTES / RowCache.PARTS / 16 - 8 - key(1).length;
        cache.put(key(1), new byte[most], 0);
        assertArrayEquals(new byte[most], cache.get(key(1)));
        cache.put(key(2), new byte[most + 1], 0);
        assertNull(cache.get(key(2)));
    }

    @Test
    void holdsNothingIfItIsToHoldNothing() {
        RowCache none = new RowCache(0);
        none.put(key(1), row(1, 1), 0);
        assertNull(none.get(key(1)));
        none.drop(changesOf(1));
        assertEquals(0, none.misses());
    }

    /**
     * As the engine does it, with an array in place of LevelDB: a read finds what was there when it began, or later.
     */
    @Test
    void noReadGoesBackWhileRowsAreChanged() throws Exception {
        int keys = 1_000;
        int longs = 500; // so large that it takes time to read and to overwrite them, and four times what fits in
        int rounds = 10_000;
        AtomicLongArray below = new AtomicLongArray(keys);
        AtomicLongArray readable = new AtomicLongArray(keys);
        AtomicLong found = new AtomicLong();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<?>> all = new ArrayList<>();
            Future<?> writer = threads.submit(() -> {
                Random random = new Random(1);
                for (int round = 1; round <= rounds; round++) {
                    int[] changed = random.ints(20, 0, keys).distinct().toArray();
                    for (int key : changed) {
                        below.set(key, round);
                    }
                    cache.drop(changesOf(changed));
                    for (int key : changed) {
                        readable.set(key, round);
                    }
                }
            });
            all.add(writer);
            for (int reader = 0; reader < 2; reader++) {
                Random random = new Random(reader);
                all.add(threads.submit(() -> {
                    while (!writer.isDone()) {
                        int key = random.nextInt(keys);
                        long least = readable.get(key);
                        long generation = cache.generation();
                        byte[] row = cache.get(key(key));
                        if (row == null) {
                            row = row(key, below.get(key), longs);
                            cache.put(key(key), row, generation);
                        } else {
                            found.incrementAndGet();
                        }
                        long number = number(row);
                        assertArrayEquals(row(key, number, longs), row);
                        assertFalse(number < least, number + " was read where there was " + least);
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
        assertTrue(found.get() > 0, "some rows were held");
    }
}
