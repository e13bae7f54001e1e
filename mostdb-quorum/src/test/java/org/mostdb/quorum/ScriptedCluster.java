package org.mostdb.quorum;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.testkit.SimulatedDisk;

/**
 * Nodes whose messages a test delivers one by one, for stories that chance tells too rarely. Disks are quick, and time
 * goes on only in {@link #pass}.
 */
final class ScriptedCluster {

    private static final int PASSES = 2 * ScriptedNode.HEARTBEATS_PER_TIMEOUT;

    /** A message under way. */
    record Letter(int from, NodeId sender, int to, NodeId receiver, Message message) {}

    private final List<Letter> letters = new ArrayList<>();
    private final List<ScriptedNode> nodes = new ArrayList<>();
    private final int size;
    private long nowNanos = 1;
    private long seeds;

    /** Changes each message before a node gets it. */
    UnaryOperator<Message> delivery = UnaryOperator.identity();

    /** Nodes with empty disks, which have not met. */
    ScriptedCluster(int size) {
        this.size = size;
        for (int place = 0; place < size; place++) {
            nodes.add(newNode(place, new SimulatedDisk()));
        }
    }

    /** A cluster that has formed. */
    static ScriptedCluster formed(int size) {
        ScriptedCluster cluster = new ScriptedCluster(size);
        cluster.meetAll();
        cluster.pass(letter -> true);
        return cluster;
    }

    private ScriptedNode newNode(int place, SimulatedDisk disk) {
        return new ScriptedNode(place, size, disk, ++seeds, () -> nowNanos, this::post);
    }

    private void post(ScriptedNode from, NodeId to, Message message) {
        for (ScriptedNode node : nodes) {
            if (node.id().equals(to)) {
                letters.add(new Letter(from.place, from.id(), node.place, to, message));
            }
        }
    }

    ScriptedNode node(int place) {
        return nodes.get(place);
    }

    List<ScriptedNode> nodes() {
        return List.copyOf(nodes);
    }

    /** Two nodes connect, both ways. */
    void meet(int one, int other) {
        node(one).meet(node(other));
        node(other).meet(node(one));
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
    ScriptedNode restart(int place, SimulatedDisk disk) {
        NodeId before = node(place).id();
        nodes.forEach(node -> node.core.disconnected(before));
        ScriptedNode fresh = newNode(place, disk);
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
            ScriptedNode node = node(letter.to());
            if (node.id().equals(letter.receiver()) && !node.beginsAnew()) {
                node.receive(letter.sender(), delivery.apply(letter.message()));
            }
        }
    }

    /** Time passes, twice the time after which a silent member is down. */
    void pass(Predicate<Letter> allowed) {
        for (int i = 0; i < PASSES; i++) {
            pass(ScriptedNode.HEARTBEAT_NANOS, allowed);
        }
    }

    /** So much time passes, in one step. */
    void pass(long nanos, Predicate<Letter> allowed) {
        nowNanos += nanos;
        nodes().forEach(ScriptedNode::tick);
        deliver(allowed);
    }

    /** What may be delivered if only these are in touch. */
    static Predicate<Letter> among(int... places) {
        List<Integer> some = IntStream.of(places).boxed().toList();
        return letter -> some.contains(letter.from()) && some.contains(letter.to());
    }

    /** A client asks a node to write the key. */
    Operation set(int place, String value) {
        return node(place).submit(Operation.Kind.SET, Bytes.utf8(value), Long.MAX_VALUE);
    }

    /** A client asks a node to read the key. */
    Operation get(int place) {
        return node(place).submit(Operation.Kind.GET, null, Long.MAX_VALUE);
    }
}
