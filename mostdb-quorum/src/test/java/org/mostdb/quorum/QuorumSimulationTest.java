package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.mostdb.api.NodeId;
import org.mostdb.testkit.Coverage;
import org.mostdb.testkit.HistoryLines;
import org.mostdb.testkit.SimulatedRun;

/** A bounded number of the seeds that {@link QuorumCampaign} runs without a bound. */
class QuorumSimulationTest {

    private static final int SEEDS = 1000;

    @Test
    void everyHistoryIsLinearizableAndAConnectedMajorityServes() {
        Coverage coverage = new Coverage();
        for (long seed = 1; seed <= SEEDS; seed++) {
            SimulatedRun.Result result = QuorumCampaign.run(seed);
            assertEquals(
                    "",
                    result.violation().orElse(""),
                    "seed " + seed + " fails; replay it with: " + QuorumCampaign.replay(seed));
            coverage.add(result.coverage());
        }
        assertEquals("[]", coverage.missing(QuorumCoverage.WANTED).toString(), "what never happened was not tested");
    }

    @Test
    void aSeedDeterminesItsRun() {
        for (long seed = 1; seed <= 20; seed++) {
            SimulatedRun.Result first = QuorumCampaign.run(seed);
            SimulatedRun.Result second = QuorumCampaign.run(seed);
            assertEquals(first.events(), second.events(), "seed " + seed);
            assertEquals(HistoryLines.write(first.history()), HistoryLines.write(second.history()), "seed " + seed);
        }
    }

    /** The same without what makes them so: a comparison that has found nothing proves nothing. */
    @Test
    void withoutCatchUpNodesDoNotComeToHoldTheSame() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            QuorumCoverage coverage = new QuorumCoverage();
            SimulatedRun.Result result =
                    SimulatedRun.of(seed, (host, settings) -> new QuorumNode(host, settings, coverage) {
                        @Override
                        void received(NodeId from, Message message) {
                            if (!(message instanceof Message.CatchUpReply)) {
                                super.received(from, message);
                            }
                        }
                    });
            if (result.violation().filter(text -> text.contains("the same")).isPresent()) {
                return;
            }
        }
        throw new AssertionError("the nodes held the same in each of " + SEEDS + " runs");
    }
}
