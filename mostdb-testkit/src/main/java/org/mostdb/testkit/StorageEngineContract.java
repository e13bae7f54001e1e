package org.mostdb.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mostdb.api.Bytes;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;

/**
 * The whole contract of {@link StorageEngine} and {@link StorageEngineProvider}. The test of an engine is a subclass
 * that names its provider:
 *
 * <pre>{@code
 * final class MyEngineTest extends StorageEngineContract {
 *     @Override
 *     protected StorageEngineProvider provider() {
 *         return new MyEngineProvider();
 *     }
 * }
 * }</pre>
 *
 * <p>An engine that cannot keep a part of it by its nature says so in {@link #waivers}; its documentation should, too.
 * Tests that need another process start {@code java} with the class path of the test.
 */
public abstract class StorageEngineContract extends EngineModelContract {

    /** For the subclasses. */
    protected StorageEngineContract() {}

    @Test
    void nameAndFormatAreOfLowerCaseLettersDigitsAndDashes() {
        assertTrue(provider().name().matches("[a-z0-9-]+"), provider()::name);
        assertTrue(provider().format().matches("[a-z0-9-]+"), provider()::format);
        provider().options().forEach(option -> assertTrue(option.matches("[a-z0-9-]+"), option));
    }

    @Test
    void isFoundByServiceLoader() {
        unlessWaived(EngineWaiver.NOT_A_PLUGIN);
        long found = ServiceLoader.load(StorageEngineProvider.class).stream()
                .filter(each -> each.type() == provider().getClass())
                .count();
        assertEquals(1, found, "how often META-INF/services names the provider");
    }

    @Test
    void refusesAnOptionValueThatItDoesNotKnow() throws Exception {
        Path directory = directory("store");
        for (String option : provider().options()) {
            EngineSettings settings = new EngineSettings(directory, Map.of(option, "~no such value~"));
            Exception refusal =
                    assertThrows(InvalidRequestException.class, () -> provider().open(settings), option);
            assertSentence(refusal, EngineSettings.variable(option), "~no such value~");
        }
        put(open(directory), "key", "value");
    }

    @Test
    void refusesADirectoryThatThisProcessHasOpen() throws Exception {
        StorageEngine engine = open();
        put(engine, "key", "value");
        assertSentence(assertThrows(StorageException.class, this::open));
        assertSentence(assertThrows(StorageException.class, this::open));
        assertValue(engine, "key", "value");
        engine.close();
        assertValue(open(), "key", "value");
    }

    @Test
    void refusesADirectoryThatAnotherProcessHasOpen() throws Exception {
        unlessWaived(EngineWaiver.NOT_ON_DISK);
        Path directory = directory("store");
        try (OtherProcess holder = OtherProcess.holding(provider(), directory)) {
            assertSentence(assertThrows(StorageException.class, () -> open(directory)));
            assertSentence(assertThrows(StorageException.class, () -> open(directory)));
            holder.letGo();
        }
        assertValue(open(directory), OtherProcess.KEY, OtherProcess.VALUE);
    }

    @Test
    void aRefusedOpenInThisProcessDoesNotGiveTheDirectoryFreeToAnother() throws Exception {
        unlessWaived(EngineWaiver.NOT_ON_DISK);
        Path directory = directory("store");
        open(directory);
        assertThrows(StorageException.class, () -> open(directory));
        assertThrows(
                IllegalStateException.class,
                () -> OtherProcess.holding(provider(), directory).close());
    }

    @Test
    void opensWhatAKilledProcessLeft() throws Exception {
        unlessWaived(EngineWaiver.NOT_ON_DISK);
        Path directory = directory("store");
        try (OtherProcess holder = OtherProcess.holding(provider(), directory)) {
            holder.kill();
        }
        assertValue(open(directory), OtherProcess.KEY, OtherProcess.VALUE);
    }

    @Test
    void refusesADirectoryOfForeignFiles() throws Exception {
        Path directory = directory("store");
        Files.writeString(directory.resolve("accounts.csv"), "name;amount\n", UTF_8);
        assertSentence(assertThrows(StorageException.class, () -> open(directory)));
        assertEquals("name;amount\n", Files.readString(directory.resolve("accounts.csv"), UTF_8));
        Files.delete(directory.resolve("accounts.csv"));
        put(open(directory), "key", "value");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void noticesSpoiltFiles(int timesOpened) throws Exception {
        unlessWaived(EngineWaiver.NOT_ON_DISK);
        unlessWaived(EngineWaiver.NO_CHECKSUMS);
        Path directory = directory("store");
        StorageEngine engine = open(directory);
        for (int i = 0; i < 2000; i++) {
            put(engine, "key" + i, "value" + i);
        }
        SortedMap<Bytes, Bytes> written = all(engine);
        engine.close();
        for (int i = 1; i < timesOpened; i++) {
            open(directory).close(); // some engines rearrange their files now
        }
        spoil(largestFile(directory));
        try {
            assertTrue(written.equals(all(open(directory))), "what a spoilt store still gives is right");
        } catch (StorageException e) {
            assertSentence(e);
        }
    }

    private static Path largestFile(Path directory) throws Exception {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    private static void spoil(Path file) throws Exception {
        byte[] content = Files.readAllBytes(file);
        int middle = content.length / 2;
        Arrays.fill(content, middle, middle + Math.min(64, content.length - middle), (byte) 0x5a);
        Files.write(file, content);
    }

    @Test
    void checkpointIntoADirectoryWithFilesIsRefused() throws Exception {
        StorageEngine engine = open();
        put(engine, "key", "value");
        Path copy = directory("copy");
        Files.writeString(copy.resolve("precious"), "kept", UTF_8);
        assertSentence(assertThrows(StorageException.class, () -> engine.checkpoint(copy)));
        assertEquals("kept", Files.readString(copy.resolve("precious"), UTF_8));
        assertSentence(assertThrows(StorageException.class, () -> engine.checkpoint(folder.resolve("store"))));
        assertValue(engine, "key", "value");
    }

    @Test
    void tellsTheSizeOfItsFiles() throws Exception {
        StorageEngine engine = open();
        engine.write(new WriteBatch().put(bytes("key"), new byte[100_000]), Durability.SYNC);
        assertTrue(engine.stats().bytesOnDisk() >= 0);
        engine.stats().figures().keySet().forEach(name -> assertTrue(name.matches("[a-z0-9-]+"), name));
    }
}
