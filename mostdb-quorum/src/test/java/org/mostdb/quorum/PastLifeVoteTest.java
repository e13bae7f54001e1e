package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mostdb.quorum.ScriptedCluster.among;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.testkit.SimulatedDisk;

/**
 * Five nodes and one story: a write has two votes, of its coordinator and of a member that then loses its disk and
 * recovers from the other three, which the write has not reached. A third vote, of one of these, comes after that.
 */
class PastLifeVoteTest {

    private static final int COORDINATOR = 0;
    private static final int LOST = 4;

    private final ScriptedCluster cluster = ScriptedCluster.formed(5);

    /** Up to the third vote, which is on its way to the coordinator in the end. */
    private Operation story() {
        cluster.nodes().forEach(node -> assertTrue(node.members().isMajorityUp(), "node " + node.place));

        Operation write = cluster.set(COORDINATOR, "value");
        cluster.deliver(letter -> !(letter.message() instanceof Message.StoreRequest) || letter.to() == LOST);
        assertFalse(write.outcome.isDone());

        cluster.node(COORDINATOR).core.disconnected(cluster.node(LOST).id());
        ScriptedNode fresh = cluster.restart(LOST, new SimulatedDisk());
        for (int place = 0; place < LOST; place++) {
            cluster.meet(place, LOST);
        }
        cluster.pass(among(1, 2, 3, 4));
        // It has waited for the coordinator to tell what it remembers of it.
        cluster.pass(among(1, 2, 3, 4));
        assertTrue(fresh.members().isVoting(), "it has recovered from the other three");

        cluster.deliver(letter ->
                letter.from() == COORDINATOR && letter.to() == 1 && letter.message() instanceof Message.StoreRequest);
        cluster.deliver(letter ->
                letter.from() == 1 && letter.to() == COORDINATOR && letter.message() instanceof Message.StoreReply);
        return write;
    }

    private Operation readByThoseWhoDoNotHaveIt() {
        Operation read = cluster.get(2);
        for (int i = 0; i < 10 && !read.outcome.isDone(); i++) {
            cluster.pass(among(2, 3, 4));
        }
        return read;
    }

    @Test
    void aVoteOfAPastLifeIsVoidAndTheWriteAsksOn() {
        Operation write = story();
        assertFalse(write.outcome.isDone());
        assertEquals(1, cluster.node(COORDINATOR).core.voidedVotes());

        cluster.pass(letter -> true);
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());
        Operation.Outcome.Found found =
                (Operation.Outcome.Found) readByThoseWhoDoNotHaveIt().outcome.join();
        assertEquals(Bytes.utf8("value"), found.cell().orElseThrow().value());
    }

    /** The same story with this mistake in it: the rule is what holds. */
    @Test
    void ifItCountedTheWriteWouldBeLost() {
        Membership before = cluster.node(COORDINATOR).members().roster().view();
        cluster.delivery = message -> message instanceof Message.StoreReply reply
                ? new Message.StoreReply(reply.round(), reply.life(), reply.sequence(), before)
                : message;
        Operation write = story();
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());
        Operation.Outcome.Found found =
                (Operation.Outcome.Found) readByThoseWhoDoNotHaveIt().outcome.join();
        assertEquals(Optional.empty(), found.cell());
    }
}
