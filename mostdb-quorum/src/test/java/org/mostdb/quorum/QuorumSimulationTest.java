package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.Holdings.Told;
import org.mostdb.testkit.Coverage;
import org.mostdb.testkit.HistoryLines;
import org.mostdb.testkit.SimulatedRun;

/** A bounded number of the seeds that {@link QuorumCampaign} runs without a bound. */
@Execution(ExecutionMode.CONCURRENT)
class QuorumSimulationTest {

    private static final int SEEDS = 1000;
    private static final int SEEDS_FOR_VARIANTS = 10_000;

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
        assertIsFound(
                "do not come to hold the same", (host, settings, coverage) -> new QuorumNode(host, settings, coverage) {
                    @Override
                    void received(NodeId from, Message message) {
                        if (!(message instanceof Message.CatchUpReply)) {
                            super.received(from, message);
                        }
                    }
                });
    }

    @Test
    void withTheSequenceOfBeforeAStoreWasReadNodesBelieveToHoldWhatTheyLack() {
        assertIsFound("believes that it holds", (host, settings, coverage) -> new QuorumNode(host, settings, coverage) {
            @Override
            void received(NodeId from, Message message) {
                super.received(
                        from,
                        switch (message) {
                            case Message.CatchUpReply reply ->
                                new Message.CatchUpReply(
                                        reply.round(),
                                        reply.asked(),
                                        reply.begun(),
                                        reply.cells(),
                                        reply.next(),
                                        reply.told(),
                                        before(reply.told(), reply.end()));
                            case Message.CopyReply reply ->
                                new Message.CopyReply(
                                        reply.round(),
                                        reply.after(),
                                        reply.cells(),
                                        reply.done(),
                                        reply.highWater(),
                                        reply.floor(),
                                        reply.told(),
                                        before(reply.told(), reply.end()),
                                        reply.marks(),
                                        reply.view());
                            default -> message;
                        });
            }
        });
    }

    @Test
    void withAnyFreePlaceNamedAGoodStoreIsGivenUp() {
        assertIsFound(
                "its place was given to another",
                (host, settings, coverage) -> new QuorumNode(host, settings, coverage) {
                    @Override
                    public void send(NodeId to, Message message) {
                        super.send(
                                to,
                                message instanceof Message.JoinReply reply
                                        ? new Message.JoinReply(reply.round(), reply.view(), anyFree(core, reply))
                                        : message);
                    }
                });
    }

    private static int anyFree(QuorumCore core, Message.JoinReply reply) {
        Members members = core.members();
        return IntStream.range(0, reply.view().size())
                .filter(place -> {
                    NodeId member = reply.view().member(place).id();
                    return !member.equals(members.self()) && !members.isAnswering(member);
                })
                .findFirst()
                .orElse(reply.place());
    }

    private static Mark before(Told told, Mark end) {
        return new Mark(end.life(), told.sequence());
    }

    private static void assertIsFound(String words, QuorumCampaign.Start variant) {
        for (long seed = 1; seed <= SEEDS_FOR_VARIANTS; seed++) {
            SimulatedRun.Result result = QuorumCampaign.run(seed, variant);
            if (result.violation().filter(text -> text.contains(words)).isPresent()) {
                return;
            }
        }
        throw new AssertionError("no run of " + SEEDS_FOR_VARIANTS + " found that " + words);
    }
}
