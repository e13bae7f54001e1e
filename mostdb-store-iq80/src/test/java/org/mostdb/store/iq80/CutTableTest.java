package org.mostdb.store.iq80;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;

/** What both engines make of a table that lost its end. */
final class CutTableTest {

    private static final int KEYS = 100;
    private static final int CUTS = 20;

    @TempDir
    Path folder;

    static Stream<StorageEngineProvider> providers() {
        return Stream.of(new LevelDbJniProvider(), new Iq80Provider());
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aTableThatWasCutAnywhereMakesTheStoreCorrupt(StorageEngineProvider provider) throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        writeTable(provider, store);
        SplittableRandom random = new SplittableRandom(9);
        for (int round = 0; round < CUTS; round++) {
            Path copy = Files.createDirectory(folder.resolve("copy" + round));
            for (Path file : files(store)) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
            for (Path table : files(copy)) {
                if (table.toString().endsWith(".sst")) {
                    cut(table, round == 0 ? 0 : random.nextLong(Files.size(table)));
                }
            }
            assertThrows(CorruptStoreException.class, () -> readAll(provider, copy));
        }
    }

    /** What the log holds becomes a table when the store is opened again. */
    private static void writeTable(StorageEngineProvider provider, Path store) {
        byte[] value = new byte[1000];
        new SplittableRandom(1).nextBytes(value);
        try (StorageEngine engine = provider.open(new EngineSettings(store, Map.of()))) {
            for (int i = 0; i < KEYS; i++) {
                engine.write(new WriteBatch().put(key(i), value), Durability.SYNC);
            }
        }
        provider.open(new EngineSettings(store, Map.of())).close();
    }

    private static void readAll(StorageEngineProvider provider, Path store) {
        try (StorageEngine engine = provider.open(new EngineSettings(store, Map.of()))) {
            for (int i = 0; i < KEYS; i++) {
                engine.get(key(i));
            }
        }
    }

    private static void cut(Path file, long length) throws Exception {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    private static List<Path> files(Path directory) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static byte[] key(int i) {
        return Bytes.utf8("key" + i).array();
    }
}
