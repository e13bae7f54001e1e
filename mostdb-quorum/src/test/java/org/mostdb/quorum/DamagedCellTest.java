package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.MemberState;
import org.mostdb.api.MemberStatus;
import org.mostdb.api.NodeId;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Room;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.quorum.CellStore.ScanJob;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.quorum.Message.ReadAnswer;
import org.mostdb.quorum.Operation.Kind;
import org.mostdb.quorum.Operation.Outcome;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

/** What an engine gives back and was never stored is not taken for a cell, nor for a record. */
class DamagedCellTest {

    private static final Bytes KEY = Bytes.utf8("key");
    private static final Bytes OTHER = Bytes.utf8("kez");
    private static final Tag TAG = new Tag(7, new Epoch(3, -5), new NodeId(-1));
    private static final Cell CELL = Cell.of(KEY, TAG, Bytes.utf8("value"));

    private final SimulatedDisk disk = new SimulatedDisk();

    private static byte[] flipped(byte[] bytes, int bit) {
        byte[] changed = bytes.clone();
        changed[bit / 8] ^= (byte) (1 << bit % 8);
        return changed;
    }

    private void put(byte[] key, byte[] value) {
        disk.write(new WriteBatch().put(key, value), Durability.SYNC);
    }

    private CellStore open() {
        return CellStore.open(disk, Durability.SYNC, new SeededRandom(1));
    }

    @Test
    void noBitOfACellCanBeAnotherOneUnnoticed() {
        for (Bytes value : List.of(Bytes.utf8("value"), Bytes.EMPTY)) {
            flipAll(Cell.of(KEY, TAG, value).encoded());
        }
        flipAll(Cell.of(KEY, TAG, null).encoded());
    }

    private static void flipAll(byte[] whole) {
        assertEquals(TAG, Cell.decode(KEY, whole).tag());
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] changed = flipped(whole, bit);
            assertThrows(MalformedException.class, () -> Cell.decode(KEY, changed), "bit " + bit);
        }
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(MalformedException.class, () -> Cell.decode(KEY, cut), "cut to " + length);
        }
    }

    @Test
    void aCellUnderAnotherKeyIsDamaged() {
        assertTrue(CELL.isOf(KEY));
        assertFalse(CELL.isOf(OTHER));
        assertThrows(MalformedException.class, () -> Cell.decode(OTHER, CELL.encoded()));
    }

    @Test
    void aDamagedCellIsNeitherReadNorCopiedNorComparedWithAnother() {
        CellStore store = open();
        store.write(job(OTHER, 9));
        put(CellStore.cellKey(KEY), flipped(CELL.encoded(), 8 * Cell.FRAME_BYTES));
        assertThrows(CorruptStoreException.class, () -> store.read(KEY));
        assertThrows(
                CorruptStoreException.class,
                () -> store.scan(new ScanJob(Cursor.ofAll(Bytes.EMPTY), 1000, unused -> {})));
        assertThrows(CorruptStoreException.class, () -> store.write(job(KEY, 9)));
    }

    @Test
    void aDamagedCellIsReplacedByOneWithAGreaterCounterThanAnyInTheStore() {
        CellStore store = open();
        store.write(job(OTHER, 9));
        put(CellStore.cellKey(KEY), flipped(CELL.encoded(), 8 * Cell.FRAME_BYTES));
        store.write(job(KEY, 10));
        assertEquals(10, Objects.requireNonNull(store.read(KEY)).tag().counter());
    }

    private static WriteJob job(Bytes key, long counter) {
        Cell cell = Cell.of(key, new Tag(counter, TAG.epoch(), TAG.node()), Bytes.EMPTY);
        return new WriteJob(Map.of(key, cell), Map.of(), counter);
    }

    @Test
    void aDamagedCellEndsABackupAndIsToldToTheNode() {
        CellStore store = open();
        put(CellStore.cellKey(OTHER), CELL.encoded());
        List<StorageException> told = new ArrayList<>();
        MemberStatus self = new MemberStatus(
                Optional.of(store.node()),
                "",
                true,
                MemberState.UP,
                Instant.EPOCH,
                1,
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty());
        ClusterStatus status = new ClusterStatus(Optional.of("c"), true, false, "", List.of(self));
        try (Backup backup = CellBackup.of(disk, status, told::add)) {
            CorruptStoreException e = assertThrows(
                    CorruptStoreException.class, () -> backup.cells().next());
            assertEquals(List.of(e), told);
        }
    }

    @Test
    void aDamagedRecordIsFoundWhenTheStoreIsOpened() {
        open();
        for (byte[] key : List.of(CellStore.NODE, CellStore.EPOCHS, CellStore.PROGRESS)) {
            byte[] whole = disk.get(key).orElseThrow();
            for (int bit = 0; bit < 8 * whole.length; bit++) {
                put(key, flipped(whole, bit));
                assertThrows(CorruptStoreException.class, this::open);
            }
            put(key, whole);
        }
        open();
    }

    @Test
    void aStoreThatHasLostTheIdOfItsNodeIsNoNewOne() {
        open();
        disk.write(new WriteBatch().delete(CellStore.NODE), Durability.SYNC);
        assertThrows(CorruptStoreException.class, this::open);
    }

    @Test
    void aCellThatWasDamagedOnItsWayToAMemberIsNotStored() {
        Message store = new Message.StoreRequest(1, 2, 3, Map.of(OTHER, CELL), false);
        List<byte[]> frames = MessageCodec.encode(List.of(store), 1000);
        assertThrows(MalformedException.class, () -> MessageCodec.decode(frames.getFirst()));
    }

    @Test
    void anAnswerWithACellThatWasDamagedOnItsWayCountsAsLost() {
        StoryCluster cluster = new StoryCluster(3);
        cluster.startAll();
        cluster.pass();
        cluster.node(2).core.setRoom(Room.LOW);
        cluster.pass();
        Bytes value = Bytes.utf8("value");
        assertInstanceOf(Outcome.Written.class, cluster.ask(0, Kind.SET, value));

        cluster.onTheWay = DamagedCellTest::damaged;
        assertInstanceOf(Outcome.Failed.class, cluster.ask(2, Kind.GET, null));
        assertFalse(cluster.node(2).warnings.isEmpty());
        cluster.onTheWay = message -> message;
        assertInstanceOf(Outcome.Found.class, cluster.ask(2, Kind.GET, null));
    }

    private static Message damaged(Message message) {
        return message instanceof Message.ReadReply reply
                        && reply.answers().getFirst() instanceof ReadAnswer.Newer newer
                ? new Message.ReadReply(
                        reply.round(),
                        reply.life(),
                        reply.first(),
                        List.of(new ReadAnswer.Newer(
                                Cell.decode(flipped(newer.cell().encoded(), 8 * Tag.BYTES + 16)))),
                        reply.view())
                : message;
    }
}
