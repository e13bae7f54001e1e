package org.mostdb.store.iq80;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;

/** A store can change between the two engines as often as one likes, also when both have merged its tables. */
final class SwitchingTest {

    private static final StorageEngineProvider NATIVE = new LevelDbJniProvider();
    private static final StorageEngineProvider PURE = new Iq80Provider();

    private static final int KEYS = 500;
    private static final int VALUE_BYTES = 1000;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int STARTS = 4;
    private static final int FOOTER_BYTES = 48;

    @TempDir
    Path folder;

    @Test
    void theNativeOneReadsWhatThePureOneHasMerged() throws Exception {
        mergeFewRounds();
        try (StorageEngine engine = open(NATIVE)) {
            assertHolds(engine, STARTS);
        }
    }

    @Test
    void thePureOneReadsTheTablesMendedForTheNativeOne() throws Exception {
        mergeFewRounds();
        open(NATIVE).close();
        assertTrue(mendedTables() > 0, "tables were mended, and are still there");
        for (StorageEngineProvider provider : List.of(PURE, NATIVE, PURE)) {
            try (StorageEngine engine = open(provider)) {
                assertHolds(engine, STARTS);
            }
        }
    }

    /** Each start of the native one makes a table; there are then so many that the pure one merges them. */
    private void mergeFewRounds() {
        for (int round = 1; round <= STARTS; round++) {
            try (StorageEngine engine = open(NATIVE)) {
                write(engine, round);
            }
        }
        try (StorageEngine engine = open(PURE)) {
            long begin = System.nanoTime();
            while (tables(engine) > 1) {
                assertTrue(System.nanoTime() - begin < PATIENCE.toNanos(), "the tables are merged into one");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
        }
    }

    @Test
    void manyTurnsWithMergesInEachKeepAllData() {
        int round = 0;
        for (int turn = 0; turn < 5; turn++) {
            for (StorageEngineProvider provider : List.of(NATIVE, PURE)) {
                try (StorageEngine engine = open(provider)) {
                    round = writeUntilMerged(engine, round);
                    assertHolds(engine, round);
                }
                for (StorageEngineProvider reader : List.of(NATIVE, PURE)) {
                    try (StorageEngine engine = open(reader)) {
                        assertHolds(engine, round);
                    }
                }
            }
        }
    }

    @Test
    void theNativeOneReadsWhatAKilledPureOneLeft() throws Exception {
        int round = 0;
        for (int turn = 0; turn < 3; turn++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--sun-misc-unsafe-memory-access=allow",
                            "-cp",
                            System.getProperty("java.class.path"),
                            SwitchingTest.class.getName(),
                            folder.toString(),
                            Integer.toString(round))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                round = Integer.parseInt(reader.readLine());
            } finally {
                process.destroyForcibly();
            }
            assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            try (StorageEngine engine = open(NATIVE)) {
                assertHolds(engine, round);
            }
        }
    }

    /** The process that is killed: goes on behind the given round, tells the last it has written, then waits. */
    public static void main(String[] args) throws Exception {
        try (StorageEngine engine = open(PURE, Path.of(args[0]))) {
            System.out.println(writeUntilMerged(engine, Integer.parseInt(args[1])));
            System.out.flush();
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }

    /** Writes rounds until tables were merged, and returns the last. */
    private static int writeUntilMerged(StorageEngine engine, int lastRound) {
        long begin = System.nanoTime();
        int round = lastRound;
        long before;
        do {
            assertTrue(System.nanoTime() - begin < PATIENCE.toNanos(), "tables are merged");
            before = tables(engine);
            write(engine, ++round);
        } while (tables(engine) >= before);
        return round;
    }

    private static long tables(StorageEngine engine) {
        return engine.stats().figures().getOrDefault("table-files", 0L);
    }

    private StorageEngine open(StorageEngineProvider provider) {
        return open(provider, folder);
    }

    private static StorageEngine open(StorageEngineProvider provider, Path directory) {
        return provider.open(new EngineSettings(directory, Map.of("write-buffer-mib", "1")));
    }

    private static void write(StorageEngine engine, int round) {
        WriteBatch batch = new WriteBatch();
        for (int key = 0; key < KEYS; key++) {
            batch.put(key(key), value(key, round));
        }
        engine.write(batch, Durability.OS);
    }

    private static void assertHolds(StorageEngine engine, int round) {
        try (Scan scan = engine.scan(new byte[0], new byte[0])) {
            for (int key = 0; key < KEYS; key++) {
                assertArrayEquals(
                        value(key, round), engine.get(key(key)).orElseThrow(), "key " + key + " of round " + round);
                assertTrue(scan.next());
                assertArrayEquals(key(key), scan.key());
                assertArrayEquals(value(key, round), scan.value());
            }
            assertFalse(scan.next(), "no other keys");
        }
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(4).putInt(key).array();
    }

    private static byte[] value(int key, int round) {
        byte[] value = new byte[VALUE_BYTES];
        new SplittableRandom(key * 31L + round).nextBytes(value);
        return value;
    }

    /** Tables with room between the index block, which ends with a trailer of five bytes, and the footer. */
    private long mendedTables() throws Exception {
        long count = 0;
        try (var files = Files.newDirectoryStream(folder, "*.sst")) {
            for (Path file : files) {
                ByteBuffer table = ByteBuffer.wrap(Files.readAllBytes(file));
                int footer = table.limit() - FOOTER_BYTES;
                table.position(footer);
                number(table);
                number(table);
                long indexEnd = number(table) + number(table) + 5;
                count += indexEnd < footer ? 1 : 0;
            }
        }
        return count;
    }

    private static long number(ByteBuffer bytes) {
        long number = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes.get();
            number |= (next & 0x7fL) << shift;
            shift += 7;
        } while (next < 0);
        return number;
    }
}
