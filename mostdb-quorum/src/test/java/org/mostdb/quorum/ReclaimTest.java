package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Scan;
import org.mostdb.testkit.SimulatedDisk;

class ReclaimTest {

    private static final Bytes KEY = Bytes.utf8("key");

    private final StoryCluster cluster = new StoryCluster(3);

    private void write(int place, Operation.Kind kind) {
        Bytes value = kind == Operation.Kind.SET ? Bytes.utf8("value") : null;
        assertInstanceOf(Operation.Outcome.Written.class, cluster.ask(place, kind, value));
    }

    private @Nullable Cell stored(int place) {
        return cluster.node(place).store.read(KEY);
    }

    private void assertAbsent(int place) {
        Operation.Outcome.Found found =
                assertInstanceOf(Operation.Outcome.Found.class, cluster.ask(place, Operation.Kind.GET, null));
        assertEquals(Optional.empty(), found.cell().filter(cell -> !cell.isTombstone()));
    }

    private static int notedTombstones(SimulatedDisk disk) {
        int count = 0;
        try (Scan scan = disk.scan(new byte[] {'t'}, new byte[] {'u'})) {
            while (scan.next()) {
                count++;
            }
        }
        return count;
    }

    /** All hold a value, then all have dropped its tombstone; returns the value's cell. */
    private Cell setAndDeleteForGood() {
        cluster.startAll();
        cluster.pass();
        write(0, Operation.Kind.SET);
        Cell value = Objects.requireNonNull(stored(0));
        write(1, Operation.Kind.DELETE);
        cluster.pass();
        for (int place = 0; place < 3; place++) {
            assertNull(stored(place));
        }
        return value;
    }

    /** A message that was under way all the while. */
    private void deliverLate(int from, int to, Cell cell, boolean isWriteBack) {
        ScriptedNode sender = cluster.node(from);
        cluster.node(to)
                .receive(
                        sender.id(),
                        new Message.StoreRequest(
                                4711, sender.store.epoch().life(), 4711, Map.of(KEY, cell), isWriteBack));
        cluster.pass();
    }

    @Test
    void aDeletedKeyLeavesNothingBehind() {
        setAndDeleteForGood();
        for (int place = 0; place < 3; place++) {
            assertEquals(0, notedTombstones(cluster.node(place).disk));
            assertEquals(Long.MAX_VALUE, cluster.node(place).store.lowestTombstone());
            assertAbsent(place);
        }
    }

    @Test
    void aKeyThatIsSetAgainStays() {
        cluster.startAll();
        cluster.pass();
        write(0, Operation.Kind.SET);
        Operation delete = cluster.node(1).submit(Operation.Kind.DELETE, null, Long.MAX_VALUE);
        cluster.passUntil(delete.outcome::isDone);
        write(2, Operation.Kind.SET);
        cluster.pass();
        for (int place = 0; place < 3; place++) {
            assertNotNull(stored(place));
            assertEquals(0, notedTombstones(cluster.node(place).disk));
        }
    }

    @Test
    void nothingIsDroppedWhileAMemberIsAway() {
        cluster.startAll();
        cluster.pass();
        write(0, Operation.Kind.SET);
        SimulatedDisk away = cluster.stop(2);
        write(0, Operation.Kind.DELETE);
        cluster.pass();
        assertTrue(Objects.requireNonNull(stored(0)).isTombstone());
        assertTrue(Objects.requireNonNull(stored(1)).isTombstone());

        cluster.start(2, away);
        cluster.pass();
        cluster.pass();
        for (int place = 0; place < 3; place++) {
            assertNull(stored(place));
            assertAbsent(place);
        }
    }

    @Test
    void whatWasUnderWayAllTheWhileIsRefused() {
        Cell value = setAndDeleteForGood();
        deliverLate(0, 1, value, false);
        deliverLate(0, 2, value, true);
        for (int place = 0; place < 3; place++) {
            assertNull(stored(place));
            assertAbsent(place);
        }
    }

    @Test
    void soItIsAfterARestart() {
        Cell value = setAndDeleteForGood();
        cluster.start(1, cluster.stop(1));
        cluster.pass();
        deliverLate(0, 1, value, false);
        assertNull(stored(1));
        assertAbsent(2);
    }

    @Test
    void soItIsOnANodeThatTookThePlaceOfAMember() {
        Cell value = setAndDeleteForGood();
        cluster.stop(2);
        cluster.start(2, new SimulatedDisk());
        cluster.pass();
        assertTrue(cluster.node(2).members().isVoting());
        deliverLate(0, 2, value, false);
        assertNull(stored(2));
        assertAbsent(2);
    }

    @Test
    void aReadMayMeetATombstoneThatAnotherMemberHasDropped() {
        cluster.startAll();
        cluster.pass();
        write(0, Operation.Kind.SET);
        Operation delete = cluster.node(1).submit(Operation.Kind.DELETE, null, Long.MAX_VALUE);
        cluster.passUntil(delete.outcome::isDone);
        cluster.passUntil(() -> stored(0) == null || stored(1) == null || stored(2) == null);
        for (int place = 0; place < 3; place++) {
            Operation read = cluster.node(place).submit(Operation.Kind.GET, null, Long.MAX_VALUE);
            cluster.passUntil(read.outcome::isDone);
            Operation.Outcome.Found found = assertInstanceOf(Operation.Outcome.Found.class, read.outcome.join());
            assertTrue(found.cell().filter(cell -> !cell.isTombstone()).isEmpty());
        }
    }
}
