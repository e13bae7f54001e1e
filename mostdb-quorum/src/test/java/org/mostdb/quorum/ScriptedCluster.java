package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

/**
 * Nodes whose messages a test delivers one by one, for stories that chance tells too rarely. Disks are quick, and time
 * goes on only in {@link #pass}.
 */
final class ScriptedCluster {

    static final long INTERVAL_NANOS = 1_000_000_000L;
    private static final int PASSES = 10;

    /** A message under way. */
    record Letter(int from, NodeId sender, int to, NodeId receiver, Message message) {}

    private final List<Letter> letters = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final int size;
    private long nowNanos = 1;
    private long seeds;

    /** Changes each message before a node gets it. */
    UnaryOperator<Message> delivery = UnaryOperator.identity();

    /** Nodes with empty disks, which have not met. */
    ScriptedCluster(int size) {
        this.size = size;
        for (int place = 0; place < size; place++) {
            nodes.add(new Node(place, new SimulatedDisk()));
        }
    }

    /** A cluster that has formed. */
    static ScriptedCluster formed(int size) {
        ScriptedCluster cluster = new ScriptedCluster(size);
        cluster.meetAll();
        cluster.pass(letter -> true);
        return cluster;
    }

    /** One life of a node. */
    final class Node implements Effects {

        final int place;
        final SimulatedDisk disk;
        final CellStore store;
        final QuorumCore core;
        int writes;
        final List<String> notes = new ArrayList<>();

        @Nullable
        String beganAnewBecause;

        private final List<Runnable> inputs = new ArrayList<>();

        private Node(int place, SimulatedDisk disk) {
            this.place = place;
            this.disk = disk;
            store = CellStore.open(disk, Durability.SYNC, new SeededRandom(++seeds));
            List<URI> others = IntStream.range(0, size)
                    .filter(other -> other != place)
                    .mapToObj(other -> URI.create("http://node" + other))
                    .toList();
            core = new QuorumCore(
                    new QuorumCore.Config(others, 5 * INTERVAL_NANOS, 1 << 20, 1000 * ++seeds), store, this, nowNanos);
        }

        NodeId id() {
            return store.node();
        }

        Members members() {
            return core.members();
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
                if (node.id().equals(to)) {
                    letters.add(new Letter(place, id(), node.place, to, message));
                }
            }
        }

        @Override
        public void write(WriteJob job) {
            writes++;
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
            notes.add(text);
        }

        @Override
        public void stop(String reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void startAnew(String reason) {
            beganAnewBecause = reason;
        }
    }

    Node node(int place) {
        return nodes.get(place);
    }

    List<Node> nodes() {
        return List.copyOf(nodes);
    }

    /** Two nodes connect, both ways. */
    void meet(int one, int other) {
        connect(node(one), node(other));
        connect(node(other), node(one));
    }

    private void connect(Node from, Node to) {
        from.core.connected(to.place < from.place ? to.place : to.place - 1, to.core.hello());
        from.core.accepted(to.core.hello());
    }

    /** All connect. */
    void meetAll() {
        for (int one = 0; one < size; one++) {
            for (int other = 0; other < one; other++) {
                meet(one, other);
            }
        }
    }

    /** The life of a node ends, as those see who are told; the next one begins with a disk, and has met nobody. */
    Node restart(int place, SimulatedDisk disk) {
        NodeId before = node(place).id();
        nodes.forEach(node -> node.core.disconnected(before));
        return restartUnnoticed(place, disk);
    }

    /** As {@link #restart}, but the others have not noticed that the connections to the life before are gone. */
    Node restartUnnoticed(int place, SimulatedDisk disk) {
        Node fresh = new Node(place, disk);
        nodes.set(place, fresh);
        return fresh;
    }

    /** Delivers what may be delivered, and what follows from it; the rest waits. */
    void deliver(Predicate<Letter> allowed) {
        while (true) {
            Optional<Letter> next = letters.stream().filter(allowed).findFirst();
            if (next.isEmpty()) {
                return;
            }
            Letter letter = next.get();
            letters.remove(letter);
            Node node = node(letter.to());
            if (node.id().equals(letter.receiver()) && node.beganAnewBecause == null) {
                node.core.received(letter.sender(), delivery.apply(letter.message()));
                node.step();
            }
        }
    }

    /** Time passes, twice the time after which a silent member is down. */
    void pass(Predicate<Letter> allowed) {
        for (int i = 0; i < PASSES; i++) {
            nowNanos += INTERVAL_NANOS;
            for (Node node : nodes()) {
                node.core.advance(nowNanos);
                node.core.tick();
                node.step();
            }
            deliver(allowed);
        }
    }

    /** What may be delivered if only these are in touch. */
    static Predicate<Letter> among(int... places) {
        List<Integer> some = IntStream.of(places).boxed().toList();
        return letter -> some.contains(letter.from()) && some.contains(letter.to());
    }

    /** A client asks a node to write the key. */
    Operation set(int place, String value) {
        return submit(place, Operation.Kind.SET, Bytes.utf8(value));
    }

    /** A client asks a node to read the key. */
    Operation get(int place) {
        return submit(place, Operation.Kind.GET, null);
    }

    private Operation submit(int place, Operation.Kind kind, @Nullable Bytes value) {
        Operation operation = new Operation(kind, Bytes.utf8("key"), value, Long.MAX_VALUE, () -> {});
        node(place).core.submit(operation);
        node(place).step();
        return operation;
    }
}
