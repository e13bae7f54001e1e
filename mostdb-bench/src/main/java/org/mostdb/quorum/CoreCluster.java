package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.quorum.Replica.ReadJob;

/** Protocol cores in one thread, whose messages go through the codec and nothing else, and whose disks need no time. */
final class CoreCluster {

    private static final int MAX_MESSAGE_BYTES = 8 << 20;
    private static final long STEP_NANOS = 10_000_000;

    private final List<Node> nodes = new ArrayList<>();
    private long nowNanos = 1;

    CoreCluster(int size) {
        for (int place = 0; place < size; place++) {
            nodes.add(new Node(place, size));
        }
        for (int from = 0; from < size; from++) {
            for (int to = 0; to < size; to++) {
                if (from != to) {
                    nodes.get(from)
                            .core
                            .connected(
                                    to < from ? to : to - 1, nodes.get(to).core.hello());
                }
            }
        }
        while (!nodes.stream().allMatch(node -> node.core.members().isMajorityUp())) {
            nowNanos += STEP_NANOS;
            nodes.forEach(node -> {
                node.core.advance(nowNanos);
                node.core.tick();
            });
            settle();
        }
    }

    /** Hands operations to the first node, and runs all until these are done. */
    void run(List<Operation> operations) {
        operations.forEach(nodes.getFirst().core::submit);
        settle();
        for (Operation operation : operations) {
            if (!operation.outcome.isDone()) {
                throw new IllegalStateException("an operation has no outcome");
            }
        }
    }

    long nowNanos() {
        return nowNanos;
    }

    private void settle() {
        boolean moved;
        do {
            moved = false;
            for (Node node : nodes) {
                moved |= node.step();
            }
        } while (moved);
    }

    private @Nullable Node nodeOf(NodeId id) {
        for (Node node : nodes) {
            if (node.store.node().equals(id)) {
                return node;
            }
        }
        return null;
    }

    private final class Node implements Effects {

        private final CellStore store;
        private final QuorumCore core;
        private final Map<NodeId, List<Message>> outbox = new LinkedHashMap<>();
        private final Deque<Runnable> inputs = new ArrayDeque<>();

        private Node(int place, int size) {
            Random random = new Random(place);
            store = CellStore.open(new HeapEngine(), Durability.SYNC, random);
            List<URI> others = new ArrayList<>();
            for (int other = 0; other < size - 1; other++) {
                others.add(URI.create("http://other-" + other));
            }
            core = new QuorumCore(
                    new QuorumCore.Config(
                            others,
                            1_000_000_000L,
                            MAX_MESSAGE_BYTES,
                            random.nextInt(),
                            8 << 20,
                            60_000_000_000L,
                            MajorityPolicy.TURN_AFTER_WRITES),
                    store,
                    this,
                    nowNanos);
        }

        private boolean step() {
            boolean moved = !inputs.isEmpty();
            List<Runnable> taken = List.copyOf(inputs);
            inputs.clear();
            taken.forEach(Runnable::run);
            core.flush();
            outbox.forEach((to, messages) -> deliver(to, messages));
            moved |= !outbox.isEmpty();
            outbox.clear();
            return moved || !inputs.isEmpty();
        }

        private void deliver(NodeId to, List<Message> messages) {
            Node receiver = nodeOf(to);
            for (byte[] frame : MessageCodec.encode(messages, MAX_MESSAGE_BYTES)) {
                for (Message message : MessageCodec.decode(frame)) {
                    if (receiver != null) {
                        receiver.inputs.add(() -> receiver.core.received(store.node(), message));
                    }
                }
            }
        }

        @Override
        public void send(NodeId to, Message message) {
            outbox.computeIfAbsent(to, unused -> new ArrayList<>()).add(message);
        }

        @Override
        public void write(WriteJob job) {
            long sequence = store.write(job);
            inputs.add(() -> core.written(sequence));
        }

        @Override
        public void read(ReadJob job) {
            List<@Nullable Cell> cells = new ArrayList<>();
            for (Bytes key : job.keys()) {
                cells.add(store.read(key));
            }
            inputs.add(() -> core.read(job, cells));
        }

        @Override
        public void scan(CellStore.ScanJob job) {
            CellStore.Stretch stretch = store.scan(job);
            inputs.add(() -> core.scanned(job, stretch));
        }

        @Override
        public void giveClientsTheirTurn() {
            inputs.add(core::clientsHadTheirTurn);
        }

        @Override
        public void note(Level level, String text) {
            // Nobody looks.
        }

        @Override
        public void stop(String reason) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void startAnew(String reason) {
            throw new IllegalStateException(reason);
        }
    }
}
