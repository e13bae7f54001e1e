package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Faults strike a reformed cluster from its first moment, when one node has all and the others have nothing. */
class ReformedSimulationTest {

    private static final long FROM = Long.getLong("mostdb.reformed.from", 1);
    private static final int SEEDS = Integer.getInteger("mostdb.reformed.seeds", 500);

    @Test
    void itsHistoriesAreLinearizableAndNobodyVotesWithoutWhatItWasFoundedWith() {
        int excused = 0;
        for (long seed = FROM; seed < FROM + SEEDS; seed++) {
            ReformedRun.Ended run = ReformedRun.of(seed);
            assertEquals("", run.violation().orElse(""), "seed " + seed);
            excused += run.isExcused() ? 1 : 0;
        }
        assertTrue(excused < SEEDS / 5, excused + " of " + SEEDS + " runs lost their founder early");
    }
}
