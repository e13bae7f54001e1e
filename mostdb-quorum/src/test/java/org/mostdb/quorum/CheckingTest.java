package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mostdb.quorum.ScriptedCluster.among;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.mostdb.api.MemberState;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.testkit.SimulatedDisk;

/** A start with a store that is not what it was. */
class CheckingTest {

    private final ScriptedCluster cluster = ScriptedCluster.formed(3);

    static SimulatedDisk copy(SimulatedDisk disk) {
        WriteBatch all = new WriteBatch();
        try (Scan scan = disk.scan(new byte[0], new byte[0])) {
            while (scan.next()) {
                all.put(scan.key().clone(), scan.value().clone());
            }
        }
        SimulatedDisk copy = new SimulatedDisk();
        copy.write(all, Durability.SYNC);
        return copy;
    }

    private void write(int coordinator, String value) {
        Operation write = cluster.set(coordinator, value);
        cluster.pass(letter -> true);
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());
    }

    private MemberState stateSeenBy(int place, ScriptedNode node) {
        return Objects.requireNonNull(cluster.node(place).members().known(node.id())).state;
    }

    private ScriptedNode restartAndMeet(SimulatedDisk disk, int... others) {
        ScriptedNode started = cluster.restart(2, disk);
        for (int other : others) {
            cluster.meet(other, 2);
        }
        return started;
    }

    @Test
    void aMemberWithItsStoreAsItWasVotesOnceTheOthersHaveSaidSo() {
        write(0, "value");
        ScriptedNode started = restartAndMeet(cluster.node(2).disk, 0, 1);
        assertFalse(started.members().isVoting());
        cluster.pass(letter -> true);
        assertTrue(started.members().isVoting());
        assertNull(started.beganAnewBecause);
        assertEquals(MemberState.UP, stateSeenBy(0, started));
    }

    @Test
    void anOldCopyOfAStoreIsRecognisedByWhoeverCountedItsAcknowledgement() {
        write(0, "first");
        SimulatedDisk old = copy(cluster.node(2).disk);
        Operation write = cluster.set(0, "second");
        cluster.deliver(among(0, 2));
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());

        ScriptedNode started = restartAndMeet(old, 0, 1);
        cluster.pass(letter -> true);

        assertFalse(started.members().isVoting());
        assertNotNull(started.beganAnewBecause);
        assertTrue(started.beganAnewBecause.contains("holds less than member"), started.beganAnewBecause);
    }

    @Test
    void itIsRecognisedEvenAfterLivesInWhichNobodyNoticed() {
        SimulatedDisk old = copy(cluster.node(2).disk);
        for (int i = 0; i < 20; i++) {
            write(0, "value " + i);
        }
        SimulatedDisk grown = old;
        for (int life = 0; life < 3; life++) {
            CellStore store = CellStore.open(grown, Durability.SYNC, () -> 77);
            for (int i = 0; i < 20; i++) {
                store.write(new CellStore.WriteJob(Map.of(), Map.of(CellStore.MemberRecord.MET, new byte[0]), 0));
            }
        }

        ScriptedNode started = restartAndMeet(grown, 0, 1);
        cluster.pass(letter -> true);

        assertNotNull(started.beganAnewBecause);
    }

    @Test
    void whatIsRememberedOutlivesWhoRemembers() {
        SimulatedDisk old = copy(cluster.node(2).disk);
        write(0, "value");
        cluster.restart(0, cluster.node(0).disk);
        cluster.meet(0, 1);
        ScriptedNode started = restartAndMeet(old, 0, 1);
        cluster.pass(among(0, 2));
        assertNotNull(started.beganAnewBecause);
    }

    @Test
    void aMemberWaitsForThoseThatDoNotAnswerAndThenNoLonger() {
        ScriptedNode started = restartAndMeet(cluster.node(2).disk, 0);
        cluster.deliver(letter -> true);
        assertFalse(started.members().isVoting());
        assertTrue(started.members().report().whyNotAll().contains("compared"));
        cluster.pass(among(0, 2));
        cluster.pass(among(0, 2));
        assertTrue(started.members().isVoting());
    }

    @Test
    void nobodyCountsAnAnswerOfAMemberThatHasNotAskedIt() {
        SimulatedDisk old = copy(cluster.node(2).disk);
        Operation write = cluster.set(1, "value");
        cluster.deliver(among(1, 2));
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());
        ScriptedNode started = restartAndMeet(old, 0);
        cluster.pass(among(0, 2));
        cluster.pass(among(0, 2));
        assertTrue(started.members().isVoting(), "node 0 remembers nothing of that, and node 1 is away");

        cluster.meet(1, 2);
        cluster.deliver(letter -> letter.message() instanceof Message.Heartbeat);
        Operation read = cluster.get(1);
        cluster.deliver(
                letter -> !(letter.message() instanceof Message.CheckReply) && letter.from() != 0 && letter.to() != 0);
        assertFalse(read.outcome.isDone());
        assertEquals(MemberState.CHECKING, stateSeenBy(1, started));
        cluster.pass(letter -> true);
        assertNotNull(started.beganAnewBecause);
        assertInstanceOf(Operation.Outcome.Found.class, read.outcome.join());
    }

    @Test
    void aMemberThatLearnsLateThatItsStoreIsOldStopsVotingAtOnce() {
        SimulatedDisk old = copy(cluster.node(2).disk);
        Operation write = cluster.set(1, "value");
        cluster.deliver(among(1, 2));
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());
        ScriptedNode started = restartAndMeet(old, 0);
        cluster.pass(among(0, 2));
        cluster.pass(among(0, 2));
        assertTrue(started.members().isVoting());

        cluster.meet(1, 2);
        cluster.deliver(letter -> letter.message() instanceof Message.Heartbeat
                || letter.message() instanceof Message.CheckRequest
                || letter.message() instanceof Message.CheckReply);
        assertNotNull(started.beganAnewBecause);
        assertFalse(started.members().isVoting());
    }

    @Test
    void whatIsRememberedIsRecordedAndIsNoNewsToTheOthers() {
        write(0, "value");
        cluster.pass(letter -> true);
        List<Integer> before = cluster.nodes().stream().map(node -> node.writes).toList();
        cluster.pass(letter -> true);
        assertEquals(before, cluster.nodes().stream().map(node -> node.writes).toList());
    }
}
