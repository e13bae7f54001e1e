package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

/**
 * Five nodes and one story, too rare for chance: a write has two votes, of its coordinator and of a member that then
 * loses its disk and recovers from the other three, which the write has not reached. A third vote, of one of these,
 * comes after that.
 */
class PastLifeVoteTest {

    private static final long INTERVAL_NANOS = 1_000_000_000L;
    private static final int COORDINATOR = 0;
    private static final int LOST = 4;

    private record Letter(int from, NodeId sender, int to, NodeId receiver, Message message) {}

    private final List<Letter> letters = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private boolean votesTellWhoIsAMember = true;
    private long nowNanos = 1;
    private long seeds;

    private final class Node implements Effects {

        private final int place;
        private final CellStore store;
        private final QuorumCore core;
        private final List<Runnable> inputs = new ArrayList<>();

        private Node(int place) {
            this.place = place;
            store = CellStore.open(new SimulatedDisk(), Durability.SYNC, new SeededRandom(++seeds));
            List<URI> others = IntStream.range(0, 5)
                    .filter(other -> other != place)
                    .mapToObj(other -> URI.create("http://node" + other))
                    .toList();
            core = new QuorumCore(
                    new QuorumCore.Config(others, 5 * INTERVAL_NANOS, 1 << 20, 1000 * ++seeds), store, this, nowNanos);
        }

        private void meet(Node other) {
            core.connected(other.place < place ? other.place : other.place - 1, other.core.hello());
            core.accepted(other.core.hello());
        }

        private void step() {
            core.advance(nowNanos);
            do {
                List<Runnable> now = List.copyOf(inputs);
                inputs.clear();
                now.forEach(Runnable::run);
                core.flush();
            } while (!inputs.isEmpty());
        }

        @Override
        public void send(NodeId to, Message message) {
            for (Node node : nodes) {
                if (node.store.node().equals(to)) {
                    letters.add(new Letter(place, store.node(), node.place, to, message));
                }
            }
        }

        @Override
        public void write(WriteJob job) {
            long sequence = store.write(job);
            inputs.add(() -> core.written(sequence));
        }

        @Override
        public void read(Replica.ReadJob job) {
            List<@Nullable Cell> cells = new ArrayList<>();
            job.keys().forEach(key -> cells.add(store.read(key)));
            inputs.add(() -> core.read(job, cells));
        }

        @Override
        public void scan(CellStore.ScanJob job) {
            CellStore.Stretch stretch = store.scan(job);
            inputs.add(() -> core.scanned(job, stretch));
        }

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

    /** Delivers what may be delivered, and what follows from it; the rest waits. */
    private void deliver(Predicate<Letter> allowed) {
        while (true) {
            Optional<Letter> next = letters.stream().filter(allowed).findFirst();
            if (next.isEmpty()) {
                return;
            }
            Letter letter = next.get();
            letters.remove(letter);
            Node node = nodes.get(letter.to());
            if (node.store.node().equals(letter.receiver())) {
                node.core.received(letter.sender(), changed(node, letter.message()));
                node.step();
            }
        }
    }

    private Message changed(Node node, Message message) {
        return message instanceof Message.StoreReply reply && !votesTellWhoIsAMember
                ? new Message.StoreReply(
                        reply.round(), reply.sequence(), node.core.members().view())
                : message;
    }

    private void pass(Predicate<Letter> allowed) {
        for (int i = 0; i < 10; i++) {
            nowNanos += INTERVAL_NANOS;
            for (Node node : nodes) {
                node.core.advance(nowNanos);
                node.core.tick();
                node.step();
            }
            deliver(allowed);
        }
    }

    private static Operation operation(Operation.Kind kind, @Nullable Bytes value) {
        return new Operation(kind, Bytes.utf8("key"), value, Long.MAX_VALUE, () -> {});
    }

    /** Up to the third vote, which is on its way to the coordinator in the end. */
    private Operation story() {
        for (int place = 0; place < 5; place++) {
            nodes.add(new Node(place));
        }
        for (Node node : nodes) {
            nodes.stream().filter(other -> other != node).forEach(node::meet);
        }
        pass(letter -> true);
        nodes.forEach(node -> assertTrue(node.core.members().isMajorityUp(), "node " + node.place));

        Node coordinator = nodes.get(COORDINATOR);
        Operation write = operation(Operation.Kind.SET, Bytes.utf8("value"));
        coordinator.core.submit(write);
        coordinator.step();
        deliver(letter -> !(letter.message() instanceof Message.StoreRequest) || letter.to() == LOST);
        assertFalse(write.outcome.isDone());

        NodeId lostId = nodes.get(LOST).store.node();
        Node fresh = new Node(LOST);
        nodes.set(LOST, fresh);
        for (Node node : nodes.subList(0, LOST)) {
            if (node.place != COORDINATOR) {
                node.core.disconnected(lostId);
            }
            node.meet(fresh);
            fresh.meet(node);
        }
        pass(letter -> letter.from() != COORDINATOR && letter.to() != COORDINATOR);
        assertTrue(fresh.core.members().isFormed(), "it has recovered from the other three");

        deliver(letter ->
                letter.from() == COORDINATOR && letter.to() == 1 && letter.message() instanceof Message.StoreRequest);
        deliver(letter ->
                letter.from() == 1 && letter.to() == COORDINATOR && letter.message() instanceof Message.StoreReply);
        return write;
    }

    private Operation readByThoseWhoDoNotHaveIt() {
        Operation read = operation(Operation.Kind.GET, null);
        nodes.get(2).core.submit(read);
        nodes.get(2).step();
        for (int i = 0; i < 10 && !read.outcome.isDone(); i++) {
            pass(letter -> letter.from() >= 2 && letter.to() >= 2);
        }
        return read;
    }

    @Test
    void aVoteOfAPastLifeIsVoidAndTheWriteAsksOn() {
        Operation write = story();
        assertFalse(write.outcome.isDone());
        assertEquals(1, nodes.get(COORDINATOR).core.voidedVotes());

        pass(letter -> true);
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());
        Operation.Outcome.Found found =
                (Operation.Outcome.Found) readByThoseWhoDoNotHaveIt().outcome.join();
        assertEquals(Bytes.utf8("value"), found.cell().orElseThrow().value());
    }

    /** The same story with this mistake in it: the rule is what holds. */
    @Test
    void ifItCountedTheWriteWouldBeLost() {
        votesTellWhoIsAMember = false;
        Operation write = story();
        assertInstanceOf(Operation.Outcome.Written.class, write.outcome.join());
        Operation.Outcome.Found found =
                (Operation.Outcome.Found) readByThoseWhoDoNotHaveIt().outcome.join();
        assertEquals(Optional.empty(), found.cell());
    }
}
