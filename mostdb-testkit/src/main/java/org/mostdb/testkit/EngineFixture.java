package org.mostdb.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;

/**
 * What the contract tests of engines share: folders, engines that are closed at the end, and short ways to say things.
 */
abstract class EngineFixture {

    static final byte[] NO_BOUND = new byte[0];

    /** How long a test waits for what must happen; never for what must not. */
    static final long PATIENCE_SECONDS = 60;

    @TempDir
    Path folder;

    private final Deque<StorageEngine> opened = new ArrayDeque<>();

    /** The provider under test; asked for as often as needed. */
    protected abstract StorageEngineProvider provider();

    /** What the engine cannot keep by its nature; nothing, unless overridden. */
    protected Set<EngineWaiver> waivers() {
        return Set.of();
    }

    /** The options to open the engine with; none, unless overridden. */
    protected Map<String, String> options() {
        return Map.of();
    }

    @AfterEach
    void closeWhatIsOpen() {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    final void unlessWaived(EngineWaiver waiver) {
        assumeFalse(waivers().contains(waiver), () -> "waived: " + waiver);
    }

    final Path directory(String name) throws Exception {
        return Files.createDirectories(folder.resolve(name));
    }

    final StorageEngine open(Path directory) {
        return open(directory, options());
    }

    final StorageEngine open(Path directory, Map<String, String> options) {
        StorageEngine engine = provider().open(new EngineSettings(directory, options));
        opened.push(engine);
        return engine;
    }

    final StorageEngine open() throws Exception {
        return open(directory("store"));
    }

    static byte[] bytes(String text) {
        return Bytes.utf8(text).array();
    }

    static void put(StorageEngine engine, String key, String value) {
        engine.write(new WriteBatch().put(bytes(key), bytes(value)), Durability.OS);
    }

    static void assertValue(StorageEngine engine, String key, String value) {
        assertEquals(Optional.of(value), text(engine.get(bytes(key))), () -> "the value of " + key);
    }

    static void assertAbsent(StorageEngine engine, String key) {
        assertEquals(Optional.empty(), text(engine.get(bytes(key))), () -> "the value of " + key);
    }

    static Optional<String> text(Optional<byte[]> value) {
        return value.map(array -> Bytes.wrap(array).toUtf8());
    }

    /** All that a scan gives, which must be in ascending order and not change while it is read. */
    static SortedMap<Bytes, Bytes> all(StorageEngine engine, byte[] from, byte[] to) {
        try (Scan scan = engine.scan(from, to)) {
            return rest(scan);
        }
    }

    static SortedMap<Bytes, Bytes> rest(Scan scan) {
        Map<Bytes, Bytes> handedOut = new LinkedHashMap<>();
        Map<Bytes, Bytes> copies = new LinkedHashMap<>();
        Bytes before = Bytes.EMPTY;
        while (scan.next()) {
            Bytes key = Bytes.wrap(scan.key());
            assertTrue(before.compareTo(key) < 0, before + " comes before " + key);
            before = key;
            handedOut.put(key, Bytes.wrap(scan.value()));
            copies.put(copy(scan.key()), copy(scan.value()));
        }
        assertEquals(copies, handedOut, "arrays handed out never change");
        return new TreeMap<>(copies);
    }

    static SortedMap<Bytes, Bytes> all(StorageEngine engine) {
        return all(engine, NO_BOUND, NO_BOUND);
    }

    static Bytes copy(byte[] array) {
        return Bytes.wrap(Arrays.copyOf(array, array.length));
    }

    static void assertBytes(byte[] expected, Optional<byte[]> value) {
        assertTrue(value.isPresent(), "the key is there");
        assertArrayEquals(expected, value.orElseThrow());
    }

    /** A sentence for an operator: not empty, on one line, without the name of a class, with the words given. */
    static void assertSentence(Throwable thrown, String... mentioned) {
        String message = String.valueOf(thrown.getMessage());
        assertTrue(
                !message.isBlank() && !message.contains("\n") && !message.contains("Exception"),
                () -> "one plain sentence: " + message);
        for (String word : mentioned) {
            assertTrue(message.contains(word), () -> "names " + word + ": " + message);
        }
    }
}
