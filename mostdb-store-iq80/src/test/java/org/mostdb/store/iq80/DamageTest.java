package org.mostdb.store.iq80;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;

/**
 * A store of several tables, of which a file was flipped or cut while it was closed. More trials than the build has:
 * {@code -Dmostdb.damage.trials=200}.
 */
final class DamageTest {

    private static final int ROUNDS = 5;
    private static final int NEW_KEYS = 400;
    private static final int OLD_KEYS = 100;
    private static final int TRIALS = Integer.getInteger("mostdb.damage.trials", 6);
    private static final Map<String, String> OPTIONS = Map.of("write-buffer-mib", "1", "compression", "snappy");

    @TempDir
    Path folder;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Map<Bytes, Bytes> written = new TreeMap<>();
    private final Set<Bytes> everWritten = new HashSet<>();

    static Stream<StorageEngineProvider> providers() {
        return Stream.of(new LevelDbJniProvider(), new Iq80Provider());
    }

    @ParameterizedTest
    @MethodSource("providers")
    void damageIsFoundOrDoesNoHarm(StorageEngineProvider provider) throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        write(provider, store);
        List<Path> files = files(store, "CURRENT|MANIFEST-.*|.*\\.(log|sst|ldb)");
        Path newestLog = files(store, ".*\\.log").getLast();
        assertFalse(files(store, ".*\\.(sst|ldb)").isEmpty(), "there is a table");
        files.removeIf(file -> file.toFile().length() == 0);
        int found = 0;
        for (Path file : files) {
            for (int trial = 0; trial < TRIALS; trial++) {
                boolean isCut = trial % 3 == 0;
                String what =
                        provider.name() + " " + file.getFileName() + (isCut ? " cut" : " flipped") + ", trial " + trial;
                Path copy = copyWith(store, file, damaged(Files.readAllBytes(file), isCut));
                try {
                    check(provider, copy, isCut && file.equals(newestLog), what);
                } catch (CorruptStoreException e) {
                    found++;
                }
                delete(copy);
            }
        }
        assertTrue(found > files.size() * TRIALS / 2, "most of it matters: " + found);
    }

    private byte[] damaged(byte[] whole, boolean isCut) {
        if (isCut) {
            return Arrays.copyOf(whole, random.nextInt(whole.length));
        }
        byte[] flipped = whole.clone();
        flipped[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        return flipped;
    }

    /** Without its end a log may be that of a process that was killed, so what it held may be missing. */
    private void check(StorageEngineProvider provider, Path store, boolean mayEndEarlier, String what) {
        try (StorageEngine engine = provider.open(new EngineSettings(store, OPTIONS))) {
            Map<Bytes, Bytes> scanned = all(engine);
            if (mayEndEarlier) {
                assertTrue(everWritten.containsAll(scanned.values()), what);
            } else {
                assertTrue(scanned.equals(written), what);
                written.forEach((key, value) -> assertEquals(
                        value, engine.get(key.array()).map(Bytes::wrap).orElse(Bytes.EMPTY), what));
            }
        }
    }

    private static Map<Bytes, Bytes> all(StorageEngine engine) {
        Map<Bytes, Bytes> all = new TreeMap<>();
        try (Scan scan = engine.scan(new byte[0], new byte[0])) {
            while (scan.next()) {
                all.put(Bytes.wrap(scan.key().clone()), Bytes.wrap(scan.value().clone()));
            }
        }
        return all;
    }

    /** Each time it is opened it makes a table of what its log holds. */
    private void write(StorageEngineProvider provider, Path store) {
        for (int round = 0; round < ROUNDS; round++) {
            try (StorageEngine engine = provider.open(new EngineSettings(store, OPTIONS))) {
                WriteBatch batch = new WriteBatch();
                for (int i = 0; i < NEW_KEYS + OLD_KEYS; i++) {
                    int key = i < NEW_KEYS ? round * NEW_KEYS + i : random.nextInt((round + 1) * NEW_KEYS);
                    put(batch, Bytes.utf8("key-%05d".formatted(key)));
                    if (batch.size() == 50) {
                        engine.write(batch, Durability.OS);
                        batch = new WriteBatch();
                    }
                }
            }
        }
    }

    private void put(WriteBatch batch, Bytes key) {
        byte[] value = new byte[900];
        random.nextBytes(value);
        batch.put(key.array(), value);
        written.put(key, Bytes.wrap(value));
        everWritten.add(Bytes.wrap(value));
    }

    private Path copyWith(Path store, Path file, byte[] content) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("copy"));
        for (Path each : files(store, ".*")) {
            if (each.equals(file)) {
                Files.write(copy.resolve(each.getFileName()), content);
            } else {
                Files.copy(each, copy.resolve(each.getFileName()));
            }
        }
        return copy;
    }

    private static void delete(Path store) throws IOException {
        for (Path file : files(store, ".*")) {
            Files.delete(file);
        }
        Files.delete(store);
    }

    private static List<Path> files(Path store, String names) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(store)) {
            all.filter(file -> file.getFileName().toString().matches(names))
                    .sorted(Comparator.naturalOrder())
                    .forEach(files::add);
        }
        return files;
    }
}
