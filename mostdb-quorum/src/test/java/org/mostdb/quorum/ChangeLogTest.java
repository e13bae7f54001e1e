package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Scan;
import org.mostdb.quorum.CellStore.ScanJob;
import org.mostdb.quorum.CellStore.Stretch;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

class ChangeLogTest {

    private static final int FEW = 20;

    private final SimulatedDisk disk = new SimulatedDisk();
    private final AtomicInteger scans = new AtomicInteger();
    private CellStore store = open(FEW);
    private long counter;

    private CellStore open(long fewLogKeys) {
        EngineDecorator counting = new EngineDecorator(disk) {
            @Override
            public Scan scan(byte[] from, byte[] to) {
                scans.incrementAndGet();
                return super.scan(from, to);
            }
        };
        return CellStore.open(counting, Durability.SYNC, new SeededRandom(1), fewLogKeys);
    }

    private long write(long heldByAll, String... keys) {
        Map<Bytes, Cell> cells = new HashMap<>();
        for (String key : keys) {
            cells.put(
                    Bytes.utf8(key),
                    Cell.of(
                            Bytes.utf8(key),
                            new Tag(++counter, store.epoch(), store.node()),
                            Bytes.utf8("v" + counter)));
        }
        return store.write(new WriteJob(cells, Map.of(), counter, heldByAll, 0));
    }

    private int records() {
        int count = 0;
        try (Scan scan = disk.scan(new byte[] {'l'}, new byte[] {'m'})) {
            while (scan.next()) {
                count++;
            }
        }
        return count;
    }

    /** All that the log tells of after a sequence, in steps of few bytes. */
    private Map<String, String> changedAfter(long sequence) {
        Map<String, String> found = new HashMap<>();
        Cursor cursor = Cursor.ofChanges(sequence);
        while (cursor != null) {
            Stretch stretch = store.scan(new ScanJob(cursor, 50, unused -> {}));
            stretch.cells()
                    .forEach((key, cell) -> found.put(key.toUtf8(), cell.value().toUtf8()));
            cursor = stretch.next();
        }
        return found;
    }

    @Test
    void keysThatChangeAgainAndAgainDoNotFillTheDisk() {
        write(0, "once", "hot");
        for (int i = 0; i < 10_000; i++) {
            write(0, i % 2 == 0 ? "hot" : "warm");
        }
        assertTrue(records() < 10 * FEW, records() + " records");
        Map<String, String> changed = changedAfter(0);
        assertEquals(3, changed.size());
        assertNotNull(changed.get("once"));
        assertEquals("v" + counter, changed.get("warm"));
        assertEquals("v" + (counter - 1), changed.get("hot"));
    }

    @Test
    void theLogIsGoneThroughInFewScans() {
        int few = 2_000;
        store = open(few);
        scans.set(0);
        for (int i = 0; i < 30_000; i++) {
            write(0, i % 2 == 0 ? "hot" : "warm");
        }
        int opened = scans.get();
        assertTrue(opened > 100 && opened < 3_000, opened + " scans");
        assertEquals(Map.of("warm", "v" + counter, "hot", "v" + (counter - 1)), changedAfter(0));
        assertTrue(records() < 3 * few, records() + " records");
    }

    @Test
    void aStretchEndsInTheMiddleOfABatchAndGoesOnThere() {
        long first = write(0, "a", "b", "c", "d", "e", "f");
        write(0, "g", "h");
        assertEquals(8, changedAfter(0).size());
        assertEquals(2, changedAfter(first).size());
    }

    @Test
    void whatAllHoldIsDroppedAlsoWhileTheLogIsGoneThrough() {
        long last = 0;
        for (int i = 0; i < 3 * FEW; i++) {
            last = write(0, "key " + i);
        }
        for (int i = 0; i < 3 * FEW; i++) {
            last = write(last, "key " + i);
        }
        assertEquals(1, records());
        assertEquals(last - 1, store.trimmed());
    }

    @Test
    void nothingIsLoggedForNobody() {
        write(Long.MAX_VALUE, "a");
        assertEquals(0, records());
        assertEquals(store.sequence(), store.trimmed());
        write(0, "b");
        assertEquals(1, records());
        CellStore next = CellStore.open(disk, Durability.SYNC, new SeededRandom(2), FEW);
        assertEquals(store.sequence() - 1, next.trimmed());
    }
}
