package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

class RecoveryStoryTest {

    private static final Bytes VALUE = Bytes.utf8("value");

    private static StoryCluster withOneValue(int size) {
        StoryCluster cluster = new StoryCluster(size);
        cluster.startAll();
        cluster.pass();
        assertInstanceOf(Operation.Outcome.Written.class, cluster.ask(0, Operation.Kind.SET, VALUE));
        return cluster;
    }

    private static void assertServes(StoryCluster cluster, int place) {
        Operation.Outcome outcome = cluster.ask(place, Operation.Kind.GET, null);
        Operation.Outcome.Found found = assertInstanceOf(Operation.Outcome.Found.class, outcome);
        assertEquals(Optional.of(VALUE), found.cell().map(Cell::value));
    }

    private static void assertIsUnavailable(StoryCluster cluster, int place) {
        assertInstanceOf(Operation.Outcome.Failed.class, cluster.ask(place, Operation.Kind.GET, null));
        assertInstanceOf(Operation.Outcome.Failed.class, cluster.ask(place, Operation.Kind.SET, VALUE));
    }

    private static String why(StoryCluster cluster, int place) {
        return cluster.node(place).core.members().report().whyNotAll();
    }

    @Test
    void twoOfThreeWithoutTheirStoresWaitAndSayWhatToDoUntilAnOldDiskIsPutBack() {
        StoryCluster cluster = withOneValue(3);
        SimulatedDisk old = cluster.stop(1);
        cluster.stop(2);
        cluster.start(1, new SimulatedDisk());
        cluster.start(2, new SimulatedDisk());
        cluster.pass();
        for (int place = 0; place < 3; place++) {
            assertIsUnavailable(cluster, place);
            assertTrue(why(cluster, place).contains("too many members lost their stores at once"), why(cluster, place));
            assertTrue(why(cluster, place).contains("./mostdb reform"), why(cluster, place));
        }
        assertEquals(
                1,
                cluster.node(2).warnings.stream()
                        .filter(text -> text.startsWith("this node cannot recover"))
                        .count());

        cluster.stop(1);
        cluster.start(1, old);
        cluster.pass();
        for (int place = 0; place < 3; place++) {
            assertServes(cluster, place);
        }
        assertEquals(2, cluster.node(0).core.members().othersUp().size());
    }

    @Test
    void aNodeThatWaitsForAMemberThatIsOnlyDownIsNotToldThatItWaitsInVain() {
        StoryCluster cluster = withOneValue(3);
        SimulatedDisk down = cluster.stop(1);
        cluster.stop(2);
        cluster.start(2, new SimulatedDisk());
        cluster.pass();
        assertIsUnavailable(cluster, 2);
        assertTrue(
                why(cluster, 2).contains("1 of 2 other members that it needs have answered that they vote"),
                why(cluster, 2));
        assertFalse(why(cluster, 2).contains("reform"), why(cluster, 2));

        cluster.start(1, down);
        cluster.pass();
        assertServes(cluster, 2);
    }

    @Test
    void twoOfFiveThatLostTheirStoresAtOnceRecoverThoughNobodyKnowsWhereTheMembersWere() {
        StoryCluster cluster = withOneValue(5);
        for (int place = 3; place < 5; place++) {
            cluster.stop(place);
        }
        List<SimulatedDisk> kept = new ArrayList<>();
        for (int place = 0; place < 3; place++) {
            SimulatedDisk disk = cluster.stop(place);
            CellStore.open(disk, Durability.SYNC, new SeededRandom(9 + place))
                    .write(new WriteJob(Map.of(), Map.of(MemberRecord.MET, new byte[] {0}), 1));
            kept.add(disk);
        }
        for (int place = 0; place < 5; place++) {
            cluster.start(place, place < 3 ? kept.get(place) : new SimulatedDisk());
        }
        cluster.pass();
        for (int place = 0; place < 5; place++) {
            assertServes(cluster, place);
        }
        assertEquals(4, cluster.node(0).core.members().othersUp().size());
    }

    @Test
    void oneThatAskedForThePlaceOfAMemberThatLivesBeginsAgainWithANewId() {
        StoryCluster cluster = withOneValue(3);
        Membership members = cluster.node(0).core.members().roster().view();
        int wrong = members.placeOf(cluster.node(1).id());
        cluster.stop(2);
        SimulatedDisk disk = new SimulatedDisk();
        CellStore store = CellStore.open(disk, Durability.SYNC, new SeededRandom(77));
        Membership wish = members.with(wrong, new Member(store.node(), 1));
        store.write(new WriteJob(Map.of(), Map.of(MemberRecord.WISH, wish.encoded()), 0));
        NodeId before = cluster.start(2, disk).id();

        cluster.pass();

        assertNotEquals(before, cluster.node(2).id());
        assertServes(cluster, 2);
        Membership now = cluster.node(0).core.members().roster().view();
        assertEquals(cluster.node(1).id(), now.member(wrong).id());
        assertTrue(now.contains(cluster.node(2).id()));
        assertFalse(now.contains(before));
    }

    @Test
    void aCrashInTheMiddleOfRecoveryEndsInTheSamePlaceWithTheSameId() {
        StoryCluster cluster = withOneValue(3);
        int place = cluster.node(0)
                .core
                .members()
                .roster()
                .view()
                .placeOf(cluster.node(2).id());
        cluster.stop(2);
        cluster.start(2, new SimulatedDisk());
        NodeId id = cluster.node(2).id();
        cluster.passUntil(() -> cluster.node(0).core.members().roster().view().contains(id));
        assertFalse(cluster.node(2).core.members().isFormed());
        cluster.start(2, cluster.stop(2));
        cluster.pass();
        assertEquals(id, cluster.node(2).id());
        assertEquals(place, cluster.node(0).core.members().roster().view().placeOf(id));
        assertServes(cluster, 2);
    }

    /** Of two ids that were recorded with one generation the greater one is a member, also if its store is lost. */
    @Test
    void aNodeWhoseFirstTryComesToLightAfterItsSecondOneHasEndedRecoversOnceMore() {
        StoryCluster cluster = withOneValue(5);
        cluster.stop(4);
        SimulatedDisk disk = new SimulatedDisk();
        NodeId first = CellStore.open(disk, Durability.SYNC, () -> -1L).node();
        cluster.start(4, disk);
        cluster.passUntil(() -> isRecordedBy(cluster, 0, first));
        SimulatedDisk cutOff = cluster.stop(0);
        cluster.stop(4);
        cluster.onTheWay = message -> message instanceof Message.ReplaceRequest ? new Message.JoinRequest(0) : message;
        cluster.pass();
        assertFalse(isRecordedBy(cluster, 1, first));
        cluster.onTheWay = message -> message;
        NodeId second = cluster.start(4, new SimulatedDisk()).id();
        cluster.pass();
        assertServes(cluster, 4);
        assertEquals(second, cluster.node(4).id());

        cluster.start(0, cutOff);
        cluster.pass();
        assertTrue(cluster.node(1).core.members().roster().isReplaced(second));
        assertFalse(List.of(first, second).contains(cluster.node(4).id()));
        for (int place = 0; place < 5; place++) {
            assertServes(cluster, place);
        }
        assertEquals(4, cluster.node(0).core.members().othersUp().size());
    }

    private static boolean isRecordedBy(StoryCluster cluster, int place, NodeId node) {
        return cluster.node(place).core.members().roster().recorded().contains(node);
    }

    /** It may hold a part of the old cells: read as if they were all, they would be wrong. */
    @Test
    void aNodeThatHasBegunToRecoverFormsNoNewClusterWithOthersThatLostTheirStores() {
        StoryCluster cluster = withOneValue(3);
        cluster.stop(2);
        cluster.start(2, new SimulatedDisk());
        cluster.passUntil(() -> cluster.node(2).store.recorded(MemberRecord.WISH).length > 0);
        assertFalse(cluster.node(2).core.members().isFormed());
        cluster.stop(0);
        cluster.stop(1);
        cluster.start(0, new SimulatedDisk());
        cluster.start(1, new SimulatedDisk());
        cluster.pass();
        for (int place = 0; place < 3; place++) {
            assertFalse(cluster.node(place).core.members().isFormed());
            assertIsUnavailable(cluster, place);
        }
    }
}
