package org.mostdb.store.iq80;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mostdb.api.Bytes;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;
import org.mostdb.testkit.OtherProcess;

/** What both engines make of a log that ends in the middle of a write, or is spoilt before its end. */
final class TornLogTest {

    private static final int BATCHES = 60;

    @TempDir
    Path folder;

    static Stream<StorageEngineProvider> providers() {
        return Stream.of(new LevelDbJniProvider(), new Iq80Provider());
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aLogCutOffAnywhereHoldsTheBatchesBeforeTheCut(StorageEngineProvider provider) throws Exception {
        byte[] whole = Files.readAllBytes(writeStore(provider));
        SplittableRandom random = new SplittableRandom(7);
        int most = 0;
        for (int round = 0; round < 60; round++) {
            int cut = random.nextInt(whole.length + 1);
            int kept = open(provider, round, Arrays.copyOf(whole, cut));
            assertTrue(kept <= BATCHES);
            most = Math.max(most, kept);
        }
        assertTrue(most > BATCHES / 2, "a late cut keeps most: " + most);
    }

    @ParameterizedTest
    @MethodSource("providers")
    void zerosBehindTheLastWriteAreNoWrites(StorageEngineProvider provider) throws Exception {
        byte[] whole = Files.readAllBytes(writeStore(provider));
        assertEquals(BATCHES, open(provider, 0, Arrays.copyOf(whole, whole.length + 100_000)));
        assertEquals(BATCHES - 1, open(provider, 1, Arrays.copyOf(Arrays.copyOf(whole, whole.length - 1), 1 << 21)));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aLogThatIsSpoiltBeforeItsEndIsRefused(StorageEngineProvider provider) throws Exception {
        byte[] whole = Files.readAllBytes(writeStore(provider));
        SplittableRandom random = new SplittableRandom(8);
        for (int round = 0; round < 40; round++) {
            byte[] spoilt = whole.clone();
            spoilt[random.nextInt(whole.length / 2)] ^= (byte) (1 << random.nextInt(8));
            int number = round;
            assertThrows(StorageException.class, () -> open(provider, number, spoilt));
        }
    }

    @Test
    void onlyATornWriteIsWarnedOf() throws Exception {
        List<Level> levels = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                levels.add(record.getLevel());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("org.mostdb.store.leveldb");
        logger.addHandler(handler);
        try (OtherProcess killed = OtherProcess.holding(new LevelDbJniProvider(), folder)) {
            killed.kill();
            new LevelDbJniProvider().open(new EngineSettings(folder, Map.of())).close();
            assertEquals(List.of(), levels, "a killed process leaves room that it has not used");
            try (var logs = Files.newDirectoryStream(folder, "*.log")) {
                for (Path log : logs) {
                    Files.write(log, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
                }
            }
            new LevelDbJniProvider().open(new EngineSettings(folder, Map.of())).close();
            assertEquals(List.of(Level.WARNING), levels);
        } finally {
            logger.removeHandler(handler);
        }
    }

    /** Writes batches of small and of large size straight to LevelDB, and returns the log. */
    private Path writeStore(StorageEngineProvider provider) throws Exception {
        Path directory = Files.createDirectory(folder.resolve("store"));
        try (StorageEngine engine = provider.open(new EngineSettings(directory, Map.of("journal-mib", "0")))) {
            for (int i = 0; i < BATCHES; i++) {
                engine.write(
                        new WriteBatch()
                                .put(key(i), value(i))
                                .put(Bytes.utf8("last").array(), key(i)),
                        Durability.OS);
            }
        }
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static byte[] key(int i) {
        return Bytes.utf8("key%03d".formatted(i)).array();
    }

    private static byte[] value(int i) {
        byte[] value = new byte[i % 5 == 0 ? 70_000 : 100 + i];
        new SplittableRandom(i).nextBytes(value);
        return value;
    }

    /** Opens a copy of the store with another log, and returns how many batches are there, which must be the first. */
    private int open(StorageEngineProvider provider, int number, byte[] log) throws Exception {
        Path copy = Files.createDirectory(folder.resolve("copy" + number));
        try (var files = Files.list(folder.resolve("store"))) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(file.getFileName());
                if (file.toString().endsWith(".log")) {
                    Files.write(target, log);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        try (StorageEngine engine = provider.open(new EngineSettings(copy, Map.of()))) {
            int count = 0;
            while (count < BATCHES && engine.get(key(count)).isPresent()) {
                assertArrayEquals(value(count), engine.get(key(count)).orElseThrow());
                count++;
            }
            Optional<byte[]> last = engine.get(Bytes.utf8("last").array());
            assertEquals(count > 0, last.isPresent());
            if (count > 0) {
                assertArrayEquals(key(count - 1), last.orElseThrow());
            }
            try (Scan scan = engine.scan(new byte[0], new byte[0])) {
                int seen = 0;
                while (scan.next()) {
                    seen++;
                }
                assertEquals(count == 0 ? 0 : count + 1, seen, "the first batches, and nothing of the others");
            }
            return count;
        }
    }
}
