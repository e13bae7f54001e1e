package org.mostdb.store.leveldb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.spi.WriteBatch;

/** What is read of a journal that was left by the end of a process, a power loss, or damage. */
final class JournalTest {

    private static final int FILE_BYTES = 4096;

    @TempDir
    Path folder;

    private Journal journal;
    private final JournalImage image = JournalImage.allocate(FILE_BYTES);
    private final List<JournalRecord> written = new ArrayList<>();

    @BeforeEach
    void create() throws IOException {
        journal = Journal.create(folder, FILE_BYTES);
    }

    /** Writes batches, each of which sets its own key and the key "last" to how many there are. */
    private void write(int count, boolean isForced) throws IOException {
        for (int i = 0; i < count; i++) {
            String number = Integer.toString(written.size() + 1);
            WriteBatch batch = new WriteBatch()
                    .put(utf8("key" + number), utf8(number))
                    .put(utf8("last"), utf8(number))
                    .delete(utf8("gone"));
            written.add(journal.append(image, batch));
            if (isForced) {
                journal.force();
            }
        }
    }

    private static byte[] utf8(String text) {
        return Bytes.utf8(text).array();
    }

    private Map<String, String> read() throws IOException {
        Map<String, String> all = new TreeMap<>();
        for (MemoryTable table : JournalRecovery.read(folder)) {
            int[] places = table.sorted();
            for (int i = 0; i < table.size(); i++) {
                int place = places[i];
                byte[] value = table.change(place).value();
                all.put(
                        Bytes.wrap(table.key(place)).toUtf8(),
                        value == null ? "deleted" : Bytes.wrap(value).toUtf8());
            }
        }
        return all;
    }

    private void assertHolds(int first, int last) throws IOException {
        Map<String, String> expected = new TreeMap<>();
        for (int i = first; i <= last; i++) {
            expected.put("key" + i, Integer.toString(i));
            expected.put("last", Integer.toString(i));
            expected.put("gone", "deleted");
        }
        assertEquals(expected, read());
    }

    private Path file(int number) {
        return folder.resolve(Journal.NAMES.get(number));
    }

    private void flip(int file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file(file));
        bytes[at] ^= 0x10;
        Files.write(file(file), bytes);
    }

    private static int start(JournalRecord record) {
        return record.operations() - (int) JournalRecord.bytes(new WriteBatch());
    }

    private void erase(int file, JournalRecord record) throws IOException {
        byte[] bytes = Files.readAllBytes(file(file));
        int start = start(record);
        ByteBuffer.wrap(bytes).put(start, new byte[record.end() - start]);
        Files.write(file(file), bytes);
    }

    @Test
    void anEmptyOneHoldsNothing() throws Exception {
        assertHolds(1, 0);
        Journal.delete(folder);
        assertHolds(1, 0);
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void goesOnInTheOtherFileAndKeepsTheOrder() throws Exception {
        write(10, true);
        journal.turn(image);
        write(5, true);
        assertHolds(1, 15);
    }

    @Test
    void whatLevelDbHasIsLeftOut() throws Exception {
        write(10, true);
        journal.turn(image);
        journal.setApplied(journal.lastNumber());
        write(5, true);
        assertHolds(11, 15);
    }

    @Test
    void whatIsLeftOfAnEarlierFillingIsNotRead() throws Exception {
        write(20, true);
        journal.turn(image);
        journal.setApplied(journal.lastNumber());
        write(10, true);
        journal.turn(image);
        journal.setApplied(journal.lastNumber());
        write(3, true); // over the first 3 of 20
        assertHolds(31, 33);
        erase(0, written.getLast());
        assertHolds(31, 32);
    }

    @Test
    void aFileIsFullBeforeARecordWouldPassItsEnd() throws Exception {
        WriteBatch batch = new WriteBatch().put(utf8("k"), new byte[1000]);
        int records = 0;
        while (!journal.isTooFullFor(batch)) {
            journal.append(image, batch);
            records++;
        }
        assertEquals(3, records);
        assertTrue(Files.size(file(0)) <= FILE_BYTES);
    }

    @Test
    void aTornLastRecordIsLeftOut() throws Exception {
        write(5, true);
        int start = start(written.getLast());
        byte[] whole = Files.readAllBytes(file(0));
        for (int cut = start; cut < written.getLast().end(); cut++) {
            Files.write(file(0), Arrays.copyOf(whole, cut));
            assertHolds(1, 4);
        }
    }

    /** Without the empty record at the end of the second file nobody would know that the first one was in LevelDB. */
    @Test
    void aTornFirstRecordOfAFileLeavesTheOtherFile() throws Exception {
        write(20, true);
        journal.turn(image);
        long first = journal.lastNumber();
        write(10, true);
        journal.setApplied(first);
        journal.turn(image);
        write(1, true);
        assertHolds(21, 31);
        erase(0, written.getLast());
        assertHolds(21, 30);
    }

    @Test
    void damageBeforeWhatWasSyncedIsFound() throws Exception {
        write(10, true);
        byte[] whole = Files.readAllBytes(file(0));
        for (JournalRecord record : written.subList(0, 9)) {
            for (int at = start(record); at < record.end(); at++) {
                Files.write(file(0), whole);
                flip(0, at);
                assertThrows(CorruptStoreException.class, this::read);
            }
        }
    }

    @Test
    void aGapInWhatWasNotSyncedEndsTheJournal() throws Exception {
        write(5, true);
        write(5, false);
        erase(0, written.get(6));
        assertHolds(1, 6);
    }

    @Test
    void aFileThatIsLostIsFound() throws Exception {
        write(10, true);
        journal.turn(image);
        write(5, true);
        Files.delete(file(0));
        assertThrows(CorruptStoreException.class, this::read);
    }

    @Test
    void anEndThatIsLostBetweenTheFilesIsFound() throws Exception {
        write(10, false);
        journal.turn(image);
        write(5, false);
        erase(0, written.get(9));
        assertThrows(CorruptStoreException.class, this::read);
    }

    /** Emptied in the other order and interrupted, the earlier file would bring back what the later one has changed. */
    @Test
    void theEarlierFileIsEmptiedFirst() throws Exception {
        write(20, true);
        journal.turn(image);
        journal.setApplied(journal.lastNumber());
        write(10, true);
        journal.turn(image);
        journal.setApplied(journal.lastNumber());
        write(3, true);
        assertEquals(List.of(file(1), file(0)), JournalRecovery.earlierFirst(folder));
        Files.write(file(1), new byte[0]);
        assertHolds(31, 33);
    }

    /** A user could write such a value again and again, until a process is killed at the right moment. */
    @Test
    void aValueThatLooksLikeRecordsIsTakenForOneOnlyWithTheSalt() throws Exception {
        writeTornWithRecordInside(salt() + 1);
        assertHolds(1, 0);
        journal = Journal.create(folder, FILE_BYTES);
        writeTornWithRecordInside(salt());
        assertThrows(CorruptStoreException.class, this::read);
    }

    private int salt() throws IOException {
        return Objects.requireNonNull(JournalHeader.read(ByteBuffer.wrap(Files.readAllBytes(file(0)))))
                .salt();
    }

    private void writeTornWithRecordInside(int salt) throws IOException {
        ByteBuffer value = ByteBuffer.allocate(1000);
        int valueAt = JournalHeader.BYTES + (int) JournalRecord.bytes(new WriteBatch().put(utf8("k"), new byte[0]));
        int recordAt = (int) JournalRecord.aligned(valueAt);
        JournalRecord.encode(value, recordAt - valueAt, salt, 1000, 999, 0, new WriteBatch());
        journal.append(image, new WriteBatch().put(utf8("k"), value.array()));
        flip(0, JournalHeader.BYTES);
    }

    @Test
    void aHeaderThatIsDamagedIsFound() throws Exception {
        write(1, true);
        byte[] whole = Files.readAllBytes(file(0));
        for (int at = 0; at < JournalHeader.BYTES; at++) {
            Files.write(file(0), whole);
            flip(0, at);
            assertThrows(CorruptStoreException.class, this::read);
        }
    }

    @Test
    void aJournalThatWasBeingCreatedHoldsNothing() throws Exception {
        byte[] header = Files.readAllBytes(file(0));
        assertEquals(JournalHeader.BYTES, header.length);
        for (int length = 0; length < header.length; length++) {
            Files.write(file(0), Arrays.copyOf(header, length));
            Files.write(file(1), new byte[length]);
            assertHolds(1, 0);
        }
    }
}
