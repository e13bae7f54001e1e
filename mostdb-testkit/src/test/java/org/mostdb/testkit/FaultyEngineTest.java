package org.mostdb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.testkit.FaultyEngine.WriteOutcome;

final class FaultyEngineTest {

    @TempDir
    Path folder;

    private FaultyEngine engine;

    @BeforeEach
    void open() {
        engine = new FaultyEngine(new MemoryEngineProvider().open(new EngineSettings(folder, Map.of())));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void failsTheChosenWrites() {
        engine.onWrite((batch, durability) ->
                durability == Durability.SYNC ? WriteOutcome.FAILED_BUT_APPLIED : WriteOutcome.FAILED);
        assertThrows(StorageException.class, () -> set("a", "1", Durability.OS));
        assertThrows(StorageException.class, () -> set("b", "2", Durability.SYNC));
        assertEquals("", read("a"));
        assertEquals("2", read("b"));
        engine.heal();
        set("a", "1", Durability.OS);
        assertEquals("1", read("a"));
    }

    @Test
    void failsTheChosenReads() {
        set("a", "1", Durability.OS);
        engine.onRead(Bytes.utf8("a")::equals);
        assertThrows(StorageException.class, () -> read("a"));
        assertThrows(StorageException.class, () -> engine.scan(key("a"), key("")));
        assertEquals("", read("b"));
        engine.heal();
        assertEquals("1", read("a"));
    }

    @Test
    void losesTheNewestOfTheUnsyncedWrites() {
        set("a", "1", Durability.SYNC);
        set("a", "2", Durability.OS);
        set("b", "3", Durability.OS);
        engine.write(new WriteBatch().delete(key("a")).put(key("b"), key("4")), Durability.OS);
        assertEquals(3, engine.unsyncedWrites());
        engine.loseUnsynced(2);
        assertEquals("2", read("a"));
        assertEquals("3", read("b"));
        assertEquals(0, engine.unsyncedWrites());
    }

    @Test
    void losesNothingThatWasSynced() {
        set("a", "1", Durability.OS);
        engine.write(new WriteBatch(), Durability.SYNC);
        set("a", "2", Durability.OS);
        engine.loseUnsynced(0);
        assertEquals("1", read("a"));
    }

    private void set(String key, String value, Durability durability) {
        engine.write(new WriteBatch().put(key(key), key(value)), durability);
    }

    private String read(String key) {
        return engine.get(key(key)).map(value -> Bytes.wrap(value).toUtf8()).orElse("");
    }

    private static byte[] key(String text) {
        return Bytes.utf8(text).array();
    }
}
