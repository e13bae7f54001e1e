package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mostdb.quorum.ScriptedCluster.among;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mostdb.quorum.ScriptedCluster.Letter;
import org.mostdb.testkit.SimulatedDisk;

class FormingTest {

    private final ScriptedCluster cluster = new ScriptedCluster(3);

    private boolean isFormed(int place) {
        return cluster.node(place).members().isFormed();
    }

    /** Whether a message may be delivered if only some may form. */
    private static boolean mayFormAt(Letter letter, int... places) {
        boolean forms = letter.message() instanceof Message.Formed || letter.message() instanceof Message.Confirm;
        return !forms || IntStream.of(places).anyMatch(place -> place == letter.to());
    }

    @Test
    void allFormTheSameCluster() {
        cluster.meetAll();
        cluster.pass(letter -> true);
        Optional<Membership> formed = cluster.node(0).members().roster().formed();
        assertTrue(formed.isPresent());
        cluster.nodes()
                .forEach(node -> assertEquals(formed, node.members().roster().formed()));
    }

    /** The other one may be out of touch with a member that is gone, and then has no way to ask. */
    @Test
    void aFormedMemberTellsTheClusterToOneThatSaysItIsNotFormed() {
        cluster.meetAll();
        cluster.pass(letter -> mayFormAt(letter, 0));
        assertTrue(isFormed(0) && !isFormed(1) && !isFormed(2));
        cluster.node(1).core.disconnected(cluster.node(2).id());
        cluster.pass(among(0, 1));
        assertTrue(isFormed(1));
    }

    @Test
    void aMemberWhoseDiskIsSwappedWhileTheClusterFormsIsNotMissed() {
        cluster.meetAll();
        cluster.deliver(letter -> !(letter.message() instanceof Message.Confirm));
        cluster.pass(letter -> !(letter.message() instanceof Message.Confirm));
        cluster.restart(2, new SimulatedDisk());
        cluster.meet(0, 2);
        cluster.meet(1, 2);
        cluster.pass(letter -> true);
        cluster.nodes().forEach(node -> assertTrue(node.members().isVoting(), "node " + node.place));
    }

    /**
     * Node 2 alone forms a first cluster, and its disk is swapped; the second cluster has data; the first disk is back.
     */
    @Test
    void nobodyGoesBackToASetThatItHasLeft() {
        cluster.meetAll();
        cluster.pass(letter -> mayFormAt(letter, 2));
        assertTrue(isFormed(2) && !isFormed(0) && !isFormed(1));
        SimulatedDisk firstDisk = cluster.node(2).disk;
        String firstCluster = cluster.node(2).core.clusterName().orElseThrow();

        cluster.restart(2, new SimulatedDisk());
        cluster.meet(0, 2);
        cluster.meet(1, 2);
        cluster.pass(letter -> mayFormAt(letter, 1, 2));
        assertTrue(isFormed(2) && isFormed(1) && !isFormed(0));
        Operation write = cluster.set(1, "value");
        cluster.pass(letter -> mayFormAt(letter, 1, 2));
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());

        cluster.restart(2, firstDisk);
        assertEquals(firstCluster, cluster.node(2).core.clusterName().orElseThrow());
        cluster.meet(0, 2);
        for (int i = 0; i < 3; i++) {
            cluster.pass(among(0, 2));
        }
        assertFalse(isFormed(0), "it proposed the second set after the first");
        assertTrue(cluster.node(0).notes.stream().anyMatch(note -> note.contains("this node has left")));

        cluster.pass(among(0, 1));
        assertEquals(cluster.node(1).core.clusterName(), cluster.node(0).core.clusterName());
    }

    @Test
    void aStoreFromBeforeItsNodeProposedTheClusterIsNotTrusted() {
        SimulatedDisk early = CheckingTest.copy(cluster.node(2).disk);
        cluster.meetAll();
        cluster.pass(letter -> true);
        ScriptedNode started = cluster.restart(2, early);
        cluster.meet(0, 2);
        cluster.meet(1, 2);
        cluster.pass(letter -> true);
        assertFalse(started.members().isVoting());
        assertNotNull(started.beganAnewBecause);
    }
}
