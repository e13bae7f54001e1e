package org.mostdb.quorum;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.testkit.SimulatedDisk;

/** Nodes for stories about who lives and who lost what: all that live reach each other, and nothing is lost. */
final class StoryCluster {

    private static final int PASSES = 10 * ScriptedNode.HEARTBEATS_PER_TIMEOUT;
    private static final long OPERATION_NANOS = 5 * ScriptedNode.HEARTBEAT_NANOS;

    private record Letter(NodeId from, NodeId to, Message message) {}

    private final int size;
    private final Map<Integer, ScriptedNode> nodes = new TreeMap<>();
    private final Deque<Letter> letters = new ArrayDeque<>();
    /** What becomes of a message on its way. */
    UnaryOperator<Message> onTheWay = message -> message;

    private long nowNanos = 1;
    private long seeds;

    StoryCluster(int size) {
        this.size = size;
    }

    ScriptedNode node(int place) {
        return Objects.requireNonNull(nodes.get(place), "it does not live");
    }

    /** A node begins to live on a disk. */
    ScriptedNode start(int place, SimulatedDisk disk) {
        ScriptedNode node = new ScriptedNode(
                place,
                size,
                disk,
                ++seeds,
                () -> nowNanos,
                (from, to, message) -> letters.add(new Letter(from.id(), to, message)));
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
        ScriptedNode stopped = node(place);
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
        for (int i = 0; i < PASSES && !enough.getAsBoolean(); i++) {
            nowNanos += ScriptedNode.HEARTBEAT_NANOS;
            nodes.values().forEach(ScriptedNode::tick);
            deliver(enough);
            for (ScriptedNode node : List.copyOf(nodes.values())) {
                if (node.beginsAnew()) {
                    stop(node.place);
                    start(node.place, new SimulatedDisk());
                }
            }
        }
    }

    private void deliver(BooleanSupplier enough) {
        while (!letters.isEmpty() && !enough.getAsBoolean()) {
            Letter letter = letters.remove();
            for (ScriptedNode node : nodes.values()) {
                if (node.id().equals(letter.to()) && !node.beginsAnew()) {
                    node.receive(letter.from(), onTheWay.apply(letter.message()));
                }
            }
        }
    }

    /** A client asks a node; the outcome, after a while. */
    Operation.Outcome ask(int place, Operation.Kind kind, @Nullable Bytes value) {
        Operation operation = node(place).submit(kind, value, nowNanos + OPERATION_NANOS);
        pass();
        return operation.outcome.join();
    }
}
