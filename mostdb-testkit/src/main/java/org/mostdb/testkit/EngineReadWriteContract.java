package org.mostdb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/** The contract of get, write and scan. */
abstract class EngineReadWriteContract extends EngineFixture {

    @Test
    void absentKeyIsNoError() throws Exception {
        StorageEngine engine = open();
        assertAbsent(engine, "nothing");
        engine.write(new WriteBatch().delete(bytes("nothing")), Durability.SYNC);
        assertAbsent(engine, "nothing");
    }

    @Test
    void keepsTheEmptyValueApartFromAnAbsentOne() throws Exception {
        StorageEngine engine = open();
        put(engine, "key", "");
        assertBytes(NO_BOUND, engine.get(bytes("key")));
        assertEquals(Bytes.EMPTY, all(engine).get(Bytes.utf8("key")));
    }

    @Test
    void keepsLargeValuesAndLongKeys() throws Exception {
        StorageEngine engine = open();
        byte[] key = new byte[64 * 1024];
        byte[] value = new byte[9 * 1024 * 1024];
        new Random(1).nextBytes(key);
        new Random(2).nextBytes(value);
        engine.write(new WriteBatch().put(key, value), Durability.SYNC);
        put(engine, "small", "one");
        assertBytes(value, engine.get(key));
        engine.close();
        StorageEngine again = open();
        assertBytes(value, again.get(key));
        assertValue(again, "small", "one");
    }

    @Test
    void ordersKeysAsUnsignedBytesWithPrefixesFirst() throws Exception {
        StorageEngine engine = open();
        List<Bytes> ordered = List.of(
                key(0),
                key(0, 0),
                key(0, 1),
                key(1),
                key(0x7f),
                key(0x7f, 0xff),
                key(0x80),
                key(0xff),
                key(0xff, 0),
                key(0xff, 0xff),
                key(0xff, 0xff, 0xff));
        for (int i : new int[] {7, 2, 10, 0, 5, 9, 1, 4, 8, 3, 6}) {
            engine.write(new WriteBatch().put(ordered.get(i).array(), key(i).array()), Durability.OS);
        }
        assertEquals(ordered, List.copyOf(all(engine).keySet()));
        for (int i = 0; i < ordered.size(); i++) {
            assertBytes(key(i).array(), engine.get(ordered.get(i).array()));
        }
    }

    private static Bytes key(int... bytes) {
        byte[] array = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            array[i] = (byte) bytes[i];
        }
        return Bytes.wrap(array);
    }

    @Test
    void appliesABatchInTheOrderOfItsOperations() throws Exception {
        StorageEngine engine = open();
        put(engine, "deleted-then-put", "old");
        WriteBatch batch = new WriteBatch()
                .put(bytes("put-then-deleted"), bytes("gone"))
                .delete(bytes("put-then-deleted"))
                .delete(bytes("deleted-then-put"))
                .put(bytes("deleted-then-put"), bytes("new"))
                .put(bytes("twice"), bytes("first"))
                .put(bytes("twice"), bytes("second"));
        engine.write(batch, Durability.OS);
        assertAbsent(engine, "put-then-deleted");
        assertValue(engine, "deleted-then-put", "new");
        assertValue(engine, "twice", "second");
        assertEquals(2, all(engine).size());
    }

    @Test
    void takesAnEmptyBatch() throws Exception {
        StorageEngine engine = open();
        engine.write(new WriteBatch(), Durability.OS);
        engine.write(new WriteBatch(), Durability.SYNC);
        put(engine, "key", "value");
        engine.write(new WriteBatch(), Durability.SYNC);
        assertEquals(1, all(engine).size());
        engine.close();
        assertValue(open(), "key", "value");
    }

    @Test
    void takesSyncedWritesBehindUnsyncedOnes() throws Exception {
        StorageEngine engine = open();
        for (int i = 0; i < 50; i++) {
            engine.write(
                    new WriteBatch().put(bytes("key" + i), bytes("value" + i)),
                    i % 3 == 0 ? Durability.SYNC : Durability.OS);
        }
        engine.close();
        StorageEngine again = open();
        for (int i = 0; i < 50; i++) {
            assertValue(again, "key" + i, "value" + i);
        }
    }

    @Test
    void leavesTheArraysOfABatchAlone() throws Exception {
        StorageEngine engine = open();
        byte[] key = bytes("key");
        byte[] value = bytes("value");
        engine.write(new WriteBatch().put(key, value), Durability.SYNC);
        assertEquals("key", Bytes.wrap(key).toUtf8());
        assertEquals("value", Bytes.wrap(value).toUtf8());
    }

    @Test
    void scansFromInclusiveToExclusive() throws Exception {
        StorageEngine engine = open();
        for (String key : List.of("a", "b", "ba", "c", "d")) {
            put(engine, key, key);
        }
        assertEquals("[a, b, ba, c, d]", keys(engine, "", ""));
        assertEquals("[b, ba]", keys(engine, "b", "c"));
        assertEquals("[ba, c, d]", keys(engine, "b\0", ""));
        assertEquals("[a, b]", keys(engine, "", "ba"));
        assertEquals("[]", keys(engine, "e", ""));
        assertEquals("[]", keys(engine, "b", "b"));
        assertEquals("[]", keys(engine, "c", "b"));
    }

    private static String keys(StorageEngine engine, String from, String to) {
        return all(engine, bytes(from), bytes(to)).keySet().stream()
                .map(Bytes::toUtf8)
                .toList()
                .toString();
    }

    @Test
    void scanOfAnEmptyStoreEndsAtOnceAndStaysEnded() throws Exception {
        StorageEngine engine = open();
        try (Scan scan = engine.scan(NO_BOUND, NO_BOUND)) {
            put(engine, "late", "value");
            assertEquals(List.of(false, false, false), List.of(scan.next(), scan.next(), scan.next()));
        }
    }

    @Test
    void scanShowsTheMomentOfItsCall() throws Exception {
        StorageEngine engine = open();
        WriteBatch first = new WriteBatch();
        for (int i = 0; i < 2000; i++) {
            first.put(bytes("key%05d".formatted(i)), bytes("old"));
        }
        engine.write(first, Durability.OS);
        try (Scan scan = engine.scan(NO_BOUND, NO_BOUND)) {
            WriteBatch second = new WriteBatch();
            for (int i = 0; i < 2000; i += 2) {
                second.put(bytes("key%05d".formatted(i)), bytes("new")).delete(bytes("key%05d".formatted(i + 1)));
            }
            engine.write(second.put(bytes("another"), bytes("new")), Durability.SYNC);
            var seen = rest(scan);
            assertEquals(2000, seen.size());
            assertTrue(seen.values().stream().allMatch(Bytes.utf8("old")::equals), "no value is newer than the scan");
        }
        assertEquals(1001, all(engine).size());
    }

    @Test
    void scansMayOverlapAndCloseTwice() throws Exception {
        StorageEngine engine = open();
        put(engine, "a", "1");
        Scan before = engine.scan(NO_BOUND, NO_BOUND);
        put(engine, "b", "2");
        Scan after = engine.scan(NO_BOUND, NO_BOUND);
        assertEquals(2, rest(after).size());
        after.close();
        after.close();
        assertEquals(1, rest(before).size());
        before.close();
        before.close();
    }

    @Test
    void readsSeeAllOfABatchOrNothing() throws Exception {
        StorageEngine engine = open();
        int width = 20;
        writeRound(engine, width, 0);
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch readersRun = new CountDownLatch(3);
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Callable<Integer> reader = () -> {
                int scans = 0;
                do {
                    var seen = all(engine);
                    assertEquals(width, seen.size());
                    assertEquals(1, seen.values().stream().distinct().count(), () -> "one round only in " + seen);
                    readersRun.countDown();
                    scans++;
                } while (!done.get());
                return scans;
            };
            Callable<Integer> getter = () -> {
                int last = 0;
                do {
                    int high = round(engine.get(bytes("key0")));
                    assertTrue(high >= last, "a later read never goes back");
                    last = round(engine.get(bytes("key" + (width - 1))));
                    assertTrue(last >= high, "a batch is seen as a whole");
                    readersRun.countDown();
                } while (!done.get());
                return last;
            };
            List<Future<Integer>> readers =
                    List.of(threads.submit(reader), threads.submit(getter), threads.submit(getter));
            try {
                assertTrue(readersRun.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "readers run");
                for (int round = 1; round <= 300; round++) {
                    writeRound(engine, width, round);
                    assertEquals(round, round(engine.get(bytes("key7"))), "a read that begins after a write sees it");
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> each : readers) {
                each.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private static void writeRound(StorageEngine engine, int width, int round) {
        WriteBatch batch = new WriteBatch();
        IntStream.range(0, width).forEach(i -> batch.put(bytes("key" + i), bytes(Integer.toString(round))));
        engine.write(batch, round % 10 == 0 ? Durability.SYNC : Durability.OS);
    }

    private static int round(Optional<byte[]> value) {
        return Integer.parseInt(text(value).orElseThrow());
    }
}
