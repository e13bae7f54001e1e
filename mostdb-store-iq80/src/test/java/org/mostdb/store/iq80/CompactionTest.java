package org.mostdb.store.iq80;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;

/** Scans and reads keep their promises while tables are written and merged below them. */
final class CompactionTest {

    private static final int KEYS = 500;
    private static final int ROUNDS = 60;

    @TempDir
    Path folder;

    static Stream<Arguments> providersAndJournals() {
        return Stream.of(new LevelDbJniProvider(), new Iq80Provider())
                .flatMap(provider -> Stream.of("0", "1").map(mebibytes -> Arguments.of(provider, mebibytes)));
    }

    @ParameterizedTest
    @MethodSource("providersAndJournals")
    void scansAndReadsStayRightDuringCompactions(StorageEngineProvider provider, String journal) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Map<String, String> options = Map.of("write-buffer-mib", "1", "compression", "none", "journal-mib", journal);
        try (StorageEngine engine = provider.open(new EngineSettings(folder, options));
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            write(engine, 0);
            List<Scan> scans = new ArrayList<>();
            List<Future<?>> readers = List.of(
                    threads.submit(() -> readUntil(done, engine, 1)), threads.submit(() -> readUntil(done, engine, 2)));
            try {
                for (int round = 1; round <= ROUNDS; round++) {
                    scans.add(engine.scan(new byte[0], new byte[0]));
                    write(engine, round);
                    if (scans.size() == 10) {
                        checkAll(scans, round - 10);
                        scans.clear();
                    }
                }
            } finally {
                scans.forEach(Scan::close);
                done.set(true);
            }
            for (Future<?> reader : readers) {
                reader.get(60, TimeUnit.SECONDS);
            }
            assertTrue(engine.stats().figures().getOrDefault("table-files", 0L) > 0, "tables were written");
        }
    }

    static Stream<StorageEngineProvider> providers() {
        return Stream.of(new LevelDbJniProvider(), new Iq80Provider());
    }

    /** A row that was read from LevelDB before is not what is read after a change of it went there. */
    @ParameterizedTest
    @MethodSource("providers")
    void noReadGoesBackWhileChangesGoFromTheJournalToLevelDb(StorageEngineProvider provider) throws Exception {
        AtomicIntegerArray readable = new AtomicIntegerArray(KEYS);
        Map<String, String> options = Map.of("write-buffer-mib", "1", "compression", "none", "journal-mib", "1");
        try (StorageEngine engine = provider.open(new EngineSettings(folder, options));
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            write(engine, 0);
            AtomicBoolean done = new AtomicBoolean();
            List<Future<?>> readers = List.of(
                    threads.submit(() -> readUntil(done, engine, readable, 1)),
                    threads.submit(() -> readUntil(done, engine, readable, 2)));
            try {
                SplittableRandom random = new SplittableRandom(3);
                for (int round = 1; round <= 1_000; round++) {
                    WriteBatch batch = new WriteBatch();
                    batch.put(key(KEYS + round % 4), new byte[100_000]); // so that the journal is soon full
                    int[] keys = random.ints(5, 0, KEYS).toArray();
                    for (int key : keys) {
                        batch.put(key(key), value(round));
                    }
                    engine.write(batch, Durability.OS);
                    for (int key : keys) {
                        readable.set(key, round);
                    }
                }
            } finally {
                done.set(true);
            }
            for (Future<?> reader : readers) {
                reader.get(60, TimeUnit.SECONDS);
            }
            assertTrue(engine.stats().figures().getOrDefault("row-cache-hits", 0L) > 0, "some rows were held");
        }
    }

    private static void readUntil(AtomicBoolean done, StorageEngine engine, AtomicIntegerArray readable, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        while (!done.get()) {
            int key = random.nextInt(KEYS);
            int least = readable.get(key);
            int round = round(engine.get(key(key)).orElseThrow());
            assertTrue(round >= least, () -> round + " was read where there was " + least);
        }
    }

    @Test
    void anInterruptedCallerDoesNotCloseTheFiles() {
        try (StorageEngine engine =
                new Iq80Provider().open(new EngineSettings(folder, Map.of("write-buffer-mib", "1")))) {
            for (int round = 0; round < 4; round++) {
                write(engine, round);
            }
            Thread.currentThread().interrupt();
            write(engine, 4);
            assertEquals(4, round(engine.get(key(7)).orElseThrow()));
            checkAll(List.of(engine.scan(new byte[0], new byte[0])), 4);
            assertTrue(Thread.interrupted(), "the interrupt is handed on");
            assertEquals(4, round(engine.get(key(8)).orElseThrow()));
        }
    }

    private static void checkAll(List<Scan> scans, int firstRound) {
        for (int i = 0; i < scans.size(); i++) {
            try (Scan scan = scans.get(i)) {
                int seen = 0;
                while (scan.next()) {
                    assertEquals(seen, ByteBuffer.wrap(scan.key()).getInt());
                    assertEquals(firstRound + i, round(scan.value()));
                    seen++;
                }
                assertEquals(KEYS, seen);
            }
        }
    }

    private static void readUntil(AtomicBoolean done, StorageEngine engine, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] last = new int[KEYS];
        while (!done.get()) {
            int key = random.nextInt(KEYS);
            int round = round(engine.get(key(key)).orElseThrow());
            assertTrue(round >= last[key], "a read never goes back");
            last[key] = round;
        }
    }

    private static void write(StorageEngine engine, int round) {
        WriteBatch batch = new WriteBatch();
        for (int key = 0; key < KEYS; key++) {
            batch.put(key(key), value(round));
        }
        engine.write(batch, Durability.OS);
    }

    private static byte[] value(int round) {
        return ByteBuffer.allocate(1000).putInt(round).array();
    }

    private static int round(byte[] value) {
        return ByteBuffer.wrap(value).getInt();
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(4).putInt(key).array();
    }
}
