package org.mostdb.store.iq80;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;

/** Lets the two engines take turns on one directory; run in this process, and in others with other class paths. */
final class InteropMain {

    /** Kept, since a logger that nobody holds forgets its level. */
    private static final Logger OURS = Logger.getLogger("org.mostdb");

    private static final int KEYS = 3000;
    private static final int ROUNDS = 6;

    private InteropMain() {}

    public static void main(String[] args) throws Exception {
        OURS.setLevel(Level.WARNING); // what is printed is then by the libraries, or alarming
        takeTurns(Path.of(args[0]));
    }

    static void takeTurns(Path folder) throws Exception {
        StorageEngineProvider nativeOne = new LevelDbJniProvider();
        StorageEngineProvider pureOne = new Iq80Provider();
        takeTurns(Files.createDirectory(folder.resolve("native-first")), nativeOne, pureOne);
        takeTurns(Files.createDirectory(folder.resolve("pure-first")), pureOne, nativeOne);
    }

    private static void takeTurns(Path directory, StorageEngineProvider one, StorageEngineProvider other)
            throws Exception {
        Map<String, String> options = Map.of("write-buffer-mib", "1"); // many tables and compactions
        for (int round = 0; round < ROUNDS; round++) {
            StorageEngineProvider turn = round % 2 == 0 ? one : other;
            try (StorageEngine engine = turn.open(new EngineSettings(directory, options))) {
                check(engine, round);
                write(engine, round);
                check(engine, round + 1);
                Path copy = directory.resolveSibling(directory.getFileName() + "-copy-" + round);
                engine.checkpoint(copy);
                try (StorageEngine copied = (round % 2 == 0 ? other : one).open(new EngineSettings(copy, options))) {
                    check(copied, round + 1);
                }
            }
        }
    }

    /** In each round all keys get a new value, but for a third that is deleted. */
    private static void write(StorageEngine engine, int round) {
        for (int key = 0; key < KEYS; key++) {
            WriteBatch batch = new WriteBatch();
            if (deleted(key, round)) {
                batch.delete(key(key));
            } else {
                batch.put(key(key), value(key, round));
            }
            engine.write(batch, key % 500 == 0 ? Durability.SYNC : Durability.OS);
        }
    }

    private static void check(StorageEngine engine, int rounds) {
        int present = 0;
        for (int key = 0; key < KEYS; key++) {
            byte[] value = engine.get(key(key)).orElse(null);
            boolean expected = rounds > 0 && !deleted(key, rounds - 1);
            if (expected != (value != null) || (value != null && !Arrays.equals(value, value(key, rounds - 1)))) {
                throw new AssertionError("key " + key + " after " + rounds + " rounds");
            }
            present += expected ? 1 : 0;
        }
        try (Scan scan = engine.scan(new byte[0], new byte[0])) {
            while (scan.next()) {
                present--;
            }
        }
        if (present != 0) {
            throw new AssertionError("a scan shows " + -present + " keys more than there are");
        }
    }

    private static boolean deleted(int key, int round) {
        return (key + round) % 3 == 0;
    }

    private static byte[] key(int key) {
        return Bytes.utf8("key%05d".formatted(key)).array();
    }

    private static byte[] value(int key, int round) {
        byte[] value = new byte[600];
        new SplittableRandom(key * 31L + round).nextBytes(value);
        Arrays.fill(value, 300, 600, (byte) key); // half of it can be compressed
        return value;
    }
}
