package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

/** Nodes for stories about who lives and who lost what: all that live reach each other, and nothing is lost. */
final class StoryCluster {

    private static final long HEARTBEAT_NANOS = 1_000_000_000L;
    private static final int HEARTBEATS_PER_TIMEOUT = 5;
    private static final long OPERATION_NANOS = 5 * HEARTBEAT_NANOS;

    private record Letter(NodeId from, NodeId to, Message message) {}

    private final int size;
    private final Map<Integer, Node> nodes = new TreeMap<>();
    private final Deque<Letter> letters = new ArrayDeque<>();
    private long nowNanos = 1;
    private long seeds;

    StoryCluster(int size) {
        this.size = size;
    }

    /** One life of a node. */
    final class Node extends SilentEffects {

        final int place;
        final SimulatedDisk disk;
        final CellStore store;
        final QuorumCore core;
        final List<String> warnings = new ArrayList<>();
        private final List<Runnable> inputs = new ArrayList<>();
        private boolean beginsAnew;

        private Node(int place, SimulatedDisk disk) {
            this.place = place;
            this.disk = disk;
            store = CellStore.open(disk, Durability.SYNC, new SeededRandom(++seeds));
            List<URI> others = IntStream.range(0, size)
                    .filter(other -> other != place)
                    .mapToObj(other -> URI.create("http://node" + other))
                    .toList();
            long timeoutNanos = HEARTBEATS_PER_TIMEOUT * HEARTBEAT_NANOS;
            core = new QuorumCore(
                    new QuorumCore.Config(others, timeoutNanos, 1 << 20, 1000 * ++seeds), store, this, nowNanos);
        }

        NodeId id() {
            return store.node();
        }

        private void meet(Node other) {
            core.advance(nowNanos);
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
            letters.add(new Letter(id(), to, message));
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
        public void changes(CellStore.ChangesJob job) {
            CellStore.Changes changes = store.changes(job);
            inputs.add(() -> core.changed(job, changes));
        }

        @Override
        public void note(Level level, String text) {
            if (level == Level.WARNING) {
                warnings.add(text);
            }
        }

        @Override
        public void startAnew(String reason) {
            beginsAnew = true;
        }
    }

    Node node(int place) {
        return Objects.requireNonNull(nodes.get(place), "it does not live");
    }

    /** A node begins to live on a disk. */
    Node start(int place, SimulatedDisk disk) {
        Node node = new Node(place, disk);
        nodes.values().forEach(other -> {
            other.meet(node);
            node.meet(other);
        });
        nodes.put(place, node);
        return node;
    }

    void startAll() {
        IntStream.range(0, size).forEach(place -> start(place, new SimulatedDisk()));
    }

    /** A node dies; its disk stays. */
    SimulatedDisk stop(int place) {
        Node stopped = node(place);
        nodes.remove(place);
        nodes.values().forEach(other -> other.core.disconnected(stopped.id()));
        return stopped.disk;
    }

    /** Time passes, much longer than it takes to notice who is down. */
    void pass() {
        passUntil(() -> false);
    }

    /** As {@link #pass}, but stops at the message that makes it so. */
    void passUntil(BooleanSupplier enough) {
        for (int i = 0; i < 10 * HEARTBEATS_PER_TIMEOUT && !enough.getAsBoolean(); i++) {
            nowNanos += HEARTBEAT_NANOS;
            for (Node node : nodes.values()) {
                node.core.advance(nowNanos);
                node.core.tick();
                node.step();
            }
            deliver(enough);
            for (Node node : List.copyOf(nodes.values())) {
                if (node.beginsAnew) {
                    stop(node.place);
                    start(node.place, new SimulatedDisk());
                }
            }
        }
    }

    private void deliver(BooleanSupplier enough) {
        while (!letters.isEmpty() && !enough.getAsBoolean()) {
            Letter letter = letters.remove();
            for (Node node : nodes.values()) {
                if (node.id().equals(letter.to()) && !node.beginsAnew) {
                    node.core.received(letter.from(), letter.message());
                    node.step();
                }
            }
        }
    }

    /** A client asks a node; the outcome, after a while. */
    Operation.Outcome ask(int place, Operation.Kind kind, @Nullable Bytes value) {
        Operation operation = new Operation(kind, Bytes.utf8("key"), value, nowNanos + OPERATION_NANOS, () -> {});
        node(place).core.submit(operation);
        node(place).step();
        pass();
        return operation.outcome.join();
    }
}
