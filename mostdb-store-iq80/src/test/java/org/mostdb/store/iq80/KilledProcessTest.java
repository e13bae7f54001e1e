package org.mostdb.store.iq80;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;

/**
 * A process that writes numbered batches is killed, again and again, at any moment: while it fills a file of the
 * journal, turns to the other, writes a table to LevelDB, or recovers. Afterwards all batches up to some number are
 * there, whole, and nothing of others; and that number is not below the last that the process was told of.
 */
final class KilledProcessTest {

    private static final Map<String, String> OPTIONS = Map.of("write-buffer-mib", "1", "journal-mib", "1");
    private static final byte[] LAST = Bytes.utf8("last").array();
    private static final int TURNS = 6;
    private static final int KEYS = 400;
    private static final int LEAST_BATCHES = 400;
    private static final int MORE_BATCHES = 3000;

    @TempDir
    Path folder;

    static Stream<StorageEngineProvider> providers() {
        return Stream.of(new LevelDbJniProvider(), new Iq80Provider());
    }

    @ParameterizedTest
    @MethodSource("providers")
    void holdsAllBatchesUpToOneAfterAnyEnd(StorageEngineProvider provider) throws Exception {
        SplittableRandom random = new SplittableRandom(3);
        int last = 0;
        for (int turn = 0; turn < TURNS; turn++) {
            int told = writeUntilKilled(provider, last, LEAST_BATCHES + random.nextInt(MORE_BATCHES));
            try (StorageEngine engine = provider.open(new EngineSettings(folder, OPTIONS))) {
                last = number(engine.get(LAST).orElseThrow());
                assertTrue(last >= told, "batch " + told + " was written, and " + last + " is the last that is there");
                assertEquals(stateAfter(last), all(engine), "after batch " + last);
            }
        }
    }

    /** Returns the last number that the process told before it was killed. */
    private int writeUntilKilled(StorageEngineProvider provider, int last, int batches) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledProcessTest.class.getName(),
                        provider.getClass().getName(),
                        folder.toString(),
                        Integer.toString(last))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int told = last;
        try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            while (told < last + batches) {
                told = Integer.parseInt(reader.readLine());
            }
        } finally {
            process.destroyForcibly();
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return told;
    }

    /** The process that is killed: writes batches, and tells the number of each that is done. */
    public static void main(String[] args) throws Exception {
        StorageEngineProvider provider = Class.forName(args[0])
                .asSubclass(StorageEngineProvider.class)
                .getConstructor()
                .newInstance();
        try (StorageEngine engine = provider.open(new EngineSettings(Path.of(args[1]), OPTIONS))) {
            for (int number = Integer.parseInt(args[2]) + 1; ; number++) {
                engine.write(batch(number), number % 5 == 0 ? Durability.SYNC : Durability.OS);
                System.out.println(number);
                System.out.flush();
            }
        }
    }

    private static WriteBatch batch(int number) {
        WriteBatch batch =
                new WriteBatch().put(LAST, Bytes.utf8(Integer.toString(number)).array());
        SplittableRandom random = new SplittableRandom(number);
        for (int i = random.nextInt(4); i >= 0; i--) {
            byte[] key = Bytes.utf8("key" + random.nextInt(KEYS)).array();
            if (random.nextInt(4) == 0) {
                batch.delete(key);
            } else {
                byte[] value = new byte[random.nextInt(800)];
                random.nextBytes(value);
                batch.put(key, value);
            }
        }
        return batch;
    }

    private static SortedMap<Bytes, Bytes> stateAfter(int last) {
        SortedMap<Bytes, Bytes> state = new TreeMap<>();
        for (int number = 1; number <= last; number++) {
            batch(number).forEach(new WriteBatch.Visitor() {
                @Override
                public void put(byte[] key, byte[] value) {
                    state.put(Bytes.wrap(key), Bytes.wrap(value));
                }

                @Override
                public void delete(byte[] key) {
                    state.remove(Bytes.wrap(key));
                }
            });
        }
        return state;
    }

    private static int number(byte[] text) {
        return Integer.parseInt(Bytes.wrap(text).toUtf8());
    }

    private static SortedMap<Bytes, Bytes> all(StorageEngine engine) {
        SortedMap<Bytes, Bytes> all = new TreeMap<>();
        try (Scan scan = engine.scan(new byte[0], new byte[0])) {
            while (scan.next()) {
                all.put(Bytes.wrap(scan.key()), Bytes.wrap(scan.value()));
            }
        }
        return all;
    }
}
