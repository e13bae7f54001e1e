package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.StorageFullException;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.Operation.Kind;
import org.mostdb.quorum.Operation.Outcome;

class FullDiskTest {

    private static final Bytes KEY = Bytes.utf8("key");
    private static final Bytes VALUE = Bytes.utf8("value");

    private final StoryCluster cluster = new StoryCluster(3);

    FullDiskTest() {
        cluster.startAll();
        cluster.pass();
    }

    private void room(int place, Room room) {
        cluster.node(place).core.setRoom(room);
        cluster.pass();
    }

    private @Nullable Cell stored(int place) {
        return cluster.node(place).store.read(KEY);
    }

    private void assertWritten(int place, Kind kind) {
        assertInstanceOf(Outcome.Written.class, cluster.ask(place, kind, kind == Kind.SET ? VALUE : null));
    }

    private void assertFails(int place, Kind kind, Class<? extends MostDbException> with) {
        Outcome outcome = cluster.ask(place, kind, kind == Kind.SET ? VALUE : null);
        assertInstanceOf(with, assertInstanceOf(Outcome.Failed.class, outcome).reason());
    }

    private void assertFound(int place, Optional<Bytes> value) {
        Outcome.Found found = assertInstanceOf(Outcome.Found.class, cluster.ask(place, Kind.GET, null));
        assertEquals(value, found.cell().filter(cell -> !cell.isTombstone()).map(Cell::value));
    }

    @Test
    void aFullNodeRefusesClientsTheirValuesAndTheOthersGoOnWithoutIt() {
        room(2, Room.LOW);
        assertFails(2, Kind.SET, StorageFullException.class);
        assertWritten(0, Kind.SET);
        assertNull(stored(2));
        assertFound(0, Optional.of(VALUE));
    }

    @Test
    void aReadMayWriteBackIntoTheReserve() {
        room(2, Room.LOW);
        assertWritten(0, Kind.SET);
        cluster.stop(0);
        assertFound(1, Optional.of(VALUE));
        assertNotNull(stored(2));
    }

    @Test
    void whatMustStillGoToAFullerDiskIsNotAnswered() {
        room(2, Room.SCARCE);
        assertWritten(0, Kind.SET);
        cluster.stop(0);
        assertFails(1, Kind.GET, MajorityUnavailableException.class);
        assertNull(stored(2));
        room(2, Room.AMPLE);
        assertFound(1, Optional.of(VALUE));
    }

    @Test
    void deletesWorkAsLongAsThereIsSomeReserve() {
        assertWritten(0, Kind.SET);
        for (int place = 0; place < 3; place++) {
            room(place, Room.SCARCE);
        }
        assertFails(0, Kind.SET, StorageFullException.class);
        assertWritten(0, Kind.DELETE);
        assertFound(1, Optional.empty());
        for (int place = 0; place < 3; place++) {
            room(place, Room.NONE);
        }
        assertFails(0, Kind.DELETE, StorageFullException.class);
        assertFound(1, Optional.empty());
    }

    @Test
    void withAMajorityFullAValueIsNotAppliedAndNotSentToAnybody() {
        room(1, Room.LOW);
        room(2, Room.LOW);
        assertFails(0, Kind.SET, MajorityUnavailableException.class);
        assertNull(stored(0));
        room(2, Room.AMPLE);
        assertWritten(0, Kind.SET);
    }

    @Test
    void aNodeWithoutRoomWritesNothingAndCatchesUpWithItsOwnRecordsLater() {
        room(2, Room.NONE);
        assertWritten(0, Kind.SET);
        assertWritten(0, Kind.DELETE);
        assertNull(stored(2));
        room(2, Room.AMPLE);
        assertWritten(2, Kind.SET);
        assertFound(2, Optional.of(VALUE));
    }
}
