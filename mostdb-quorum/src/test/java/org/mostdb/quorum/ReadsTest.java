package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mostdb.quorum.ScriptedCluster.among;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadsTest {

    private static final long TIME_TO_ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    private final ScriptedCluster cluster = ScriptedCluster.formed(3);

    /** Long before it counts as down. */
    @Test
    void aMemberThatDidNotAnswerInTimeIsNotAskedFirstAgainAndTheOtherOneIs() {
        for (int asked = 0; asked < 2; asked++) { // each of the others first, once
            Operation read = cluster.get(0);
            cluster.deliver(among(0, 1));
            cluster.pass(TIME_TO_ANSWER_NANOS, among(0, 1));
            assertTrue(read.outcome.isDone());
        }
        for (int i = 0; i < 10; i++) {
            Operation read = cluster.get(0);
            cluster.deliver(among(0, 1));
            assertTrue(read.outcome.isDone(), "read " + i + " waited for the silent member");
        }
    }
}
