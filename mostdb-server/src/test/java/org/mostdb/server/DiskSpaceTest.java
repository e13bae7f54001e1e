package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.mostdb.api.spi.Room;

class DiskSpaceTest {

    private static final long RESERVE = 1024L << 20;

    private final AtomicLong free = new AtomicLong(Long.MAX_VALUE);

    private final DiskSpace space = new DiskSpace(Path.of("data"), RESERVE, free::get);

    private Room at(long bytes) {
        free.set(bytes);
        space.look();
        return space.room();
    }

    @Test
    void eachStepBeginsJustBelowItsThreshold() {
        assertEquals(Room.AMPLE, at(RESERVE));
        assertEquals(Room.LOW, at(RESERVE - 1));
        assertEquals(Room.LOW, at(RESERVE / 4 * 3));
        assertEquals(Room.SCARCE, at(RESERVE / 4 * 3 - 1));
        assertEquals(Room.SCARCE, at(RESERVE / 2));
        assertEquals(Room.NONE, at(RESERVE / 2 - 1));
    }

    @Test
    void aStepIsTakenBackOnlySomeWayAboveIt() {
        assertEquals(Room.LOW, at(RESERVE - 1));
        assertEquals(Room.LOW, at(RESERVE));
        assertEquals(Room.LOW, at(RESERVE / 8 * 9 - 1));
        assertEquals(Room.AMPLE, at(RESERVE / 8 * 9));
    }

    @Test
    void withoutAReserveThereIsAlwaysRoom() {
        DiskSpace unchecked = new DiskSpace(Path.of("data"), 0, () -> 0);
        unchecked.look();
        assertEquals(Room.AMPLE, unchecked.room());
        unchecked.requireRoomToOpen();
    }

    @Test
    void whatCannotBeMeasuredChangesNothing() {
        DiskSpace unknown = new DiskSpace(Path.of("data"), RESERVE, () -> {
            throw new IOException("as the test wants it");
        });
        unknown.look();
        assertEquals(Room.AMPLE, unknown.room());
    }

    @Test
    void aStartWithoutRoomIsRefusedWithASentence() {
        at(RESERVE / 2 - 1);
        String message = String.valueOf(assertThrows(StartRefusedException.class, space::requireRoomToOpen)
                .getMessage());
        assertTrue(
                message.contains("has 511 MiB free, and a start needs more than 512")
                        && message.contains("MOSTDB_DISK_RESERVE_MIB=1024"),
                message);
    }
}
