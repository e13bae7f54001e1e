package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

class FormingTest {

    private static final NodeId OTHER = new NodeId(7);

    private record Sent(NodeId to, Message message) {}

    private static final class Recorder implements Effects {

        private final List<Sent> sent = new ArrayList<>();

        @Override
        public void send(NodeId to, Message message) {
            sent.add(new Sent(to, message));
        }

        @Override
        public void write(WriteJob job) {}

        @Override
        public void read(Replica.ReadJob job) {}

        @Override
        public void scan(CellStore.ScanJob job) {}

        @Override
        public void note(Level level, String text) {}

        @Override
        public void stop(String reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void startAnew(String reason) {
            throw new AssertionError(reason);
        }
    }

    /** The other one may be out of touch with a member that is gone, and then has no way to ask. */
    @Test
    void aFormedMemberTellsTheClusterToOneThatSaysItIsNotFormed() {
        SimulatedDisk disk = new SimulatedDisk();
        CellStore store = CellStore.open(disk, Durability.SYNC, new SeededRandom(1));
        Membership members = Membership.forming(Set.of(store.node(), OTHER, new NodeId(8)));
        store.write(new WriteJob(Map.of(), Map.of(MemberRecord.CLUSTER, members.encoded()), 0));
        CellStore reopened = CellStore.open(disk, Durability.SYNC, new SeededRandom(2));
        Recorder effects = new Recorder();
        QuorumCore core = new QuorumCore(
                new QuorumCore.Config(
                        List.of(URI.create("http://b"), URI.create("http://c")), 1_000_000_000, 1 << 20, 1),
                reopened,
                effects,
                1);
        core.accepted(new PeerHello(MessageCodec.PROTOCOL, OTHER, 1, Optional.empty()));
        effects.sent.clear();

        core.received(OTHER, new Message.Heartbeat(null, false, 0));

        assertEquals(List.of(new Sent(OTHER, new Message.Formed(members))), effects.sent);

        effects.sent.clear();
        core.received(OTHER, new Message.Heartbeat(members, true, 0));
        assertEquals(List.of(), effects.sent);
    }
}
