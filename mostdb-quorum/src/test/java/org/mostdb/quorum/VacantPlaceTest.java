package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

/** Who lets whom into the vacant places of a reformed cluster. */
class VacantPlaceTest {

    private static final NodeId ELSEWHERE = new NodeId(0x5000);
    private static final NodeId FIRST = new NodeId(0x6000);
    private static final NodeId SECOND = new NodeId(0x7000);

    /** A member of the cluster with a disk that is always quick. */
    private static final class Voter extends SilentEffects {

        private final CellStore store;
        private final QuorumCore core;
        private final List<Message> sent = new ArrayList<>();

        private Voter(SimulatedDisk disk) {
            store = open(disk);
            core = new QuorumCore(
                    new QuorumCore.Config(
                            List.of(URI.create("http://b"), URI.create("http://c")),
                            1_000_000_000,
                            1 << 20,
                            1,
                            8 << 20,
                            1,
                            Integer.MAX_VALUE),
                    store,
                    this,
                    1);
            // Nobody answers its check.
            core.tick();
            core.advance(100_000_000_000L);
            core.tick();
        }

        /** Asks to be recorded at the last place, and returns who is recorded there then. */
        private Member ask(Member asking) {
            core.accepted(new PeerHello(MessageCodec.PROTOCOL, asking.id(), 1, Optional.empty()));
            sent.clear();
            core.received(asking.id(), new Message.ReplaceRequest(1, 2, asking));
            core.flush();
            core.disconnected(asking.id());
            Message.ReplaceReply reply = sent.stream()
                    .filter(Message.ReplaceReply.class::isInstance)
                    .map(Message.ReplaceReply.class::cast)
                    .findFirst()
                    .orElseThrow();
            return reply.view().member(2);
        }

        @Override
        public void send(NodeId to, Message message) {
            sent.add(message);
        }

        @Override
        public void write(WriteJob job) {
            core.written(store.write(job));
        }
    }

    private static CellStore open(SimulatedDisk disk) {
        return CellStore.open(disk, Durability.SYNC, new SeededRandom(1));
    }

    private static Voter voter(SimulatedDisk disk, Membership members) {
        open(disk).write(new WriteJob(Map.of(), Map.of(MemberRecord.CLUSTER, members.encoded()), 0));
        return new Voter(disk);
    }

    private static Voter founder() {
        SimulatedDisk disk = new SimulatedDisk();
        return voter(disk, Membership.founded(1, open(disk).node(), 3));
    }

    private static Voter voterLetInByAFounderElsewhere() {
        SimulatedDisk disk = new SimulatedDisk();
        Membership members = Membership.founded(1, ELSEWHERE, 3)
                .with(1, Member.letInByFounder(open(disk).node()));
        return voter(disk, members);
    }

    @Test
    void theFounderLetsInTheFirstThatAsksAndNoSecond() {
        Voter founder = founder();

        assertEquals(Member.letInByFounder(FIRST), founder.ask(Member.letInByFounder(FIRST)));
        assertEquals(Member.letInByFounder(FIRST), founder.ask(Member.letInByFounder(SECOND)));
    }

    /** It may not have heard of a first one that voted, and lost its store. */
    @Test
    void noOtherVoterLetsInAnybodyThatWay() {
        assertTrue(voterLetInByAFounderElsewhere()
                .ask(Member.letInByFounder(SECOND))
                .isVacant());
    }

    @Test
    void everyVoterRecordsWhoComesByAMajorityAndThatOneIsNewer() {
        Member second = Member.vacant(2).successor(SECOND);

        assertEquals(second, voterLetInByAFounderElsewhere().ask(second));
        Voter founder = founder();
        founder.ask(Member.letInByFounder(FIRST));
        assertEquals(second, founder.ask(second));
    }

    @Test
    void aMemberThatTookAVacantPlaceIsNewerThanNobodyAndOlderThanItsSuccessor() {
        Member first = Member.letInByFounder(FIRST);

        assertTrue(first.isNewerThan(Member.vacant(2)));
        assertTrue(first.successor(SECOND).isNewerThan(first));
        assertEquals(first.successor(SECOND), Member.vacant(2).successor(SECOND));
    }
}
