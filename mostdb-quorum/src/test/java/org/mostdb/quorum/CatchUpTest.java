package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Scan;
import org.mostdb.testkit.SimulatedDisk;

class CatchUpTest {

    private static final Bytes KEY = Bytes.utf8("key");

    private final StoryCluster cluster = new StoryCluster(3);

    private void write(int place, String value) {
        assertInstanceOf(Operation.Outcome.Written.class, cluster.ask(place, Operation.Kind.SET, Bytes.utf8(value)));
    }

    private String heldBy(int place) {
        Cell cell = cluster.node(place).store.read(KEY);
        return cell == null ? "nothing" : cell.value().toUtf8();
    }

    private long taken(int place) {
        return cluster.node(place).core.progress().taken();
    }

    private static List<Long> logged(SimulatedDisk disk) {
        List<Long> sequences = new ArrayList<>();
        try (Scan scan = disk.scan(new byte[] {'l'}, new byte[] {'m'})) {
            while (scan.next()) {
                sequences.add(ByteBuffer.wrap(scan.key(), 1, Long.BYTES).getLong());
            }
        }
        return sequences;
    }

    @Test
    void aMemberThatWasDownGetsWhatItMissedThoughNobodyReadsIt() {
        cluster.startAll();
        cluster.pass();
        write(0, "before");
        SimulatedDisk disk = cluster.stop(2);
        write(0, "after");
        cluster.start(2, disk);
        assertEquals("before", heldBy(2));
        cluster.pass();
        assertEquals("after", heldBy(2));
        assertEquals(1, taken(2), "it took what it missed, from one, once");
        assertEquals(0, taken(0) + taken(1));
    }

    @Test
    void equalMembersFindOutByTheirHeartbeatsAlone() {
        cluster.startAll();
        for (int i = 0; i < 20; i++) {
            write(i % 3, "value " + i);
        }
        cluster.pass();
        for (int place = 0; place < 3; place++) {
            CatchUp progress = cluster.node(place).core.progress();
            assertEquals(0, progress.taken());
            for (ScriptedNode other : List.of(cluster.node((place + 1) % 3), cluster.node((place + 2) % 3))) {
                assertEquals(Optional.of(0L), progress.behind(other.id()));
                assertTrue(progress.equalNanos(other.id()) > 0);
            }
        }
    }

    @Test
    void theLogHasOnlyWhatSomebodyMayLack() {
        cluster.startAll();
        for (int i = 0; i < 20; i++) {
            write(i % 3, "value " + i);
        }
        assertTrue(logged(cluster.node(0).disk).size() <= 2, "of 20 batches, the last is dropped with the next");

        SimulatedDisk down = cluster.stop(2);
        for (int i = 0; i < 20; i++) {
            write(i % 2, "value " + i);
        }
        assertTrue(logged(cluster.node(0).disk).size() >= 20);
        assertTrue(cluster.node(0).core.progress().behind(cluster.node(1).id()).orElseThrow() == 0);

        cluster.start(2, down);
        cluster.pass();
        write(0, "one more");
        cluster.pass();
        write(0, "and one more");
        assertTrue(logged(cluster.node(0).disk).size() <= 2);
    }

    @Test
    void aMemberThatLostItsStoreEndsUpEqualToAll() {
        cluster.startAll();
        cluster.pass();
        write(0, "value");
        cluster.stop(2);
        cluster.start(2, new SimulatedDisk());
        cluster.pass();
        assertEquals("value", heldBy(2));
        write(1, "another");
        cluster.pass();
        for (ScriptedNode node : List.of(cluster.node(0), cluster.node(1))) {
            assertEquals(
                    Optional.of(0L), node.core.progress().behind(cluster.node(2).id()));
            assertEquals(0, node.core.progress().taken(), "they held all that it copied");
        }
    }

    @Test
    void whatOnlyOneHoldsReachesTheOthers() {
        cluster.startAll();
        cluster.pass();
        SimulatedDisk first = cluster.stop(0);
        SimulatedDisk second = cluster.stop(1);
        Operation.Outcome outcome = cluster.ask(2, Operation.Kind.SET, Bytes.utf8("lonely"));
        assertNotNull(outcome);
        cluster.start(0, first);
        cluster.start(1, second);
        cluster.pass();
        assertEquals(heldBy(2), heldBy(0));
        assertEquals(heldBy(2), heldBy(1));
    }

    /** A batch that reaches node 0, and nobody else. */
    private void onlyNode0Stores(String value) {
        ScriptedNode coordinator = cluster.node(1);
        Tag tag = new Tag(1000, coordinator.store.epoch(), coordinator.id());
        cluster.node(0)
                .receive(
                        coordinator.id(),
                        new Message.StoreRequest(
                                1,
                                coordinator.store.epoch().life(),
                                1000,
                                Map.of(KEY, Cell.of(KEY, tag, Bytes.utf8(value))),
                                false));
        assertEquals(value, heldBy(0));
    }

    private boolean node1HoldsAllOfNode0() {
        ScriptedNode node = cluster.node(0);
        return cluster.node(1).core.progress().holdsOf(node.id()) >= node.store.sequence();
    }

    /** How far node 0 was, as node 2 has recorded. */
    private long recordedOfNode0() {
        byte[] marks = cluster.node(2).store.recorded(CellStore.MemberRecord.MARKS);
        return Objects.requireNonNull(
                        Marks.decode(ByteBuffer.wrap(marks)).get(cluster.node(0).id()))
                .sequence();
    }

    @Test
    void whatAStoreGotWhileItWasCopiedIsMissedByWhoHoldsOnlyWhatItHeldBefore() {
        cluster.startAll();
        cluster.pass();
        write(0, "early");
        cluster.stop(2);
        cluster.node(0).holdScans();
        cluster.start(2, new SimulatedDisk());
        cluster.passUntil(() -> cluster.node(0).hasHeldScan());
        cluster.passUntil(this::node1HoldsAllOfNode0);
        assertTrue(node1HoldsAllOfNode0());
        onlyNode0Stores("late");
        cluster.node(0).letScansGo();
        long late = cluster.node(0).store.sequence();
        cluster.passUntil(() -> heldBy(2).equals("late"));
        assertTrue(recordedOfNode0() >= late, "else node 0 could go back behind it");
        cluster.passUntil(() -> cluster.node(2).members().isVoting());
        assertEquals("early", heldBy(1));

        cluster.stop(0);
        cluster.pass();
        assertEquals("late", heldBy(1));
    }

    @Test
    void whatAStoreGotWhileItsLogWasReadIsMissedByWhoHoldsOnlyWhatItHeldBefore() {
        cluster.startAll();
        cluster.pass();
        write(0, "early");
        SimulatedDisk behind = cluster.stop(2);
        write(0, "missed by node 2");
        cluster.node(0).holdScans();
        cluster.node(1).holdScans();
        cluster.start(2, behind);
        cluster.passUntil(() -> cluster.node(0).hasHeldScan() || cluster.node(1).hasHeldScan());
        assertTrue(cluster.node(0).hasHeldScan(), "it asks the first, which is the one that gets more");
        onlyNode0Stores("late");
        cluster.node(0).letScansGo();
        cluster.node(1).letScansGo();
        long late = cluster.node(0).store.sequence();
        cluster.passUntil(() -> taken(2) > 0);
        assertEquals("late", heldBy(2));
        assertTrue(recordedOfNode0() >= late, "else node 0 could go back behind it");
        assertEquals("missed by node 2", heldBy(1));

        cluster.stop(0);
        cluster.pass();
        assertEquals("late", heldBy(1));
    }
}
