package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the next batch of writes begins. */
class WritesTest {

    private final ScriptedCluster cluster = ScriptedCluster.formed(3);
    private final ScriptedNode node = cluster.node(0);
    private final List<Operation> open = new ArrayList<>();

    /** The first write makes a batch of its own; those that come while it is under way make the next one. */
    @BeforeEach
    void aBatchIsUnderWay() {
        ask(1);
    }

    private void ask(int writes) {
        for (int i = 0; i < writes; i++) {
            open.add(cluster.set(0, "value"));
        }
    }

    private void assertAllEnd() {
        cluster.deliver(letter -> true);
        open.forEach(write -> assertInstanceOf(Operation.Outcome.Written.class, write.outcome.getNow(null)));
        open.clear();
    }

    private void assertNoneBegins() {
        int before = node.writes;
        cluster.deliver(letter -> true);
        open.forEach(write -> assertFalse(write.outcome.isDone()));
        assertEquals(before, node.writes);
    }

    @Test
    void afterALargeBatchThoseWhoseWritesEndedMayAskBeforeTheNextOneBegins() {
        ask(ScriptedNode.TURN_AFTER_WRITES);
        assertAllEnd();
        assertEquals(1, node.turns);
        ask(1);
        assertNoneBegins();
        ask(1);
        int before = node.writes;
        node.clientsHadTheirTurn();
        assertAllEnd();
        assertEquals(before + 1, node.writes);
    }

    @Test
    void afterASmallBatchTheNextOneBeginsAtOnce() {
        ask(ScriptedNode.TURN_AFTER_WRITES - 1);
        assertAllEnd();
        ask(1);
        assertAllEnd();
        assertEquals(0, node.turns);
    }

    @Test
    void ifNobodyTellsThatTheyHadTheirTurnTheClockEndsIt() {
        ask(ScriptedNode.TURN_AFTER_WRITES);
        assertAllEnd();
        ask(1);
        assertNoneBegins();
        cluster.pass(1, letter -> true);
        assertAllEnd();
    }

    @Test
    void whereNobodyAskedInTheirTurnTheNextOneBeginsAtOnce() {
        ask(ScriptedNode.TURN_AFTER_WRITES);
        assertAllEnd();
        node.clientsHadTheirTurn();
        ask(1);
        assertAllEnd();
    }
}
