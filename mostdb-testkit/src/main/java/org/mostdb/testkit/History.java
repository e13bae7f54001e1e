package org.mostdb.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What clients of registers asked and learned, in the order in which it happened. An operation whose outcome is not
 * known stays open: it may take effect at any time after it was asked, or never. {@link HistoryLines} writes and reads
 * it.
 */
public final class History {

    /** One operation. */
    public static final class Operation {

        private final int id;
        private final int client;
        private final int node;
        private final Call call;
        private final long askedNanos;
        private final int asked;
        private int ended = Integer.MAX_VALUE;
        private long endedNanos;
        private Optional<Answer> answer = Optional.empty();

        private Operation(int id, int client, int node, Call call, long askedNanos, int asked) {
            this.id = id;
            this.client = client;
            this.node = node;
            this.call = call;
            this.askedNanos = askedNanos;
            this.asked = asked;
        }

        /** Its place among the operations, from 0. */
        public int id() {
            return id;
        }

        /** Who asked. */
        public int client() {
            return client;
        }

        /** Which node was asked. */
        public int node() {
            return node;
        }

        /** What was asked. */
        public Call call() {
            return call;
        }

        /** When it was asked, in virtual time. */
        public long askedNanos() {
            return askedNanos;
        }

        /** When it was answered, in virtual time; only where there is an answer. */
        public long endedNanos() {
            return endedNanos;
        }

        /** What was learned; empty as long as nothing was. */
        public Optional<Answer> answer() {
            return answer;
        }

        /** Its beginning's place among all events of the history. */
        int asked() {
            return asked;
        }

        /** Its end's place among all events of the history; after all others while it is open. */
        int ended() {
            return ended;
        }

        /** Whether it may still take effect, because its outcome is not known. */
        boolean isOpen() {
            return ended == Integer.MAX_VALUE;
        }

        @Override
        public String toString() {
            return String.format(
                    "#%d client %d at node %d: %s %s%s, asked %.3f ms, %s",
                    id,
                    client,
                    node,
                    call.kind(),
                    call.key(),
                    call.kind() == Call.Kind.SET ? " = " + call.value() : "",
                    askedNanos / 1e6,
                    answer.map(known -> String.format("%s at %.3f ms", known, endedNanos / 1e6))
                            .orElse("no answer"));
        }
    }

    private final List<Operation> operations = new ArrayList<>();
    private int events;

    /** A client asks. */
    public Operation ask(int client, int node, Call call, long nowNanos) {
        Operation operation = new Operation(operations.size(), client, node, call, nowNanos, events++);
        operations.add(operation);
        return operation;
    }

    /** A client learns the outcome; {@link Answer.Unknown} leaves the operation open. */
    public void answer(Operation operation, Answer answer, long nowNanos) {
        operation.answer = Optional.of(answer);
        operation.endedNanos = nowNanos;
        if (!(answer instanceof Answer.Unknown)) {
            operation.ended = events;
        }
        events++;
    }

    /** All operations, in the order in which they were asked. */
    public List<Operation> operations() {
        return List.copyOf(operations);
    }

    /**
     * The operations of each key that succeeded or may have: what {@link LinearizabilityChecker} judges. Not those that
     * were not applied, and no reads without an answer.
     */
    public Map<String, List<Operation>> byKey() {
        Map<String, List<Operation>> byKey = new TreeMap<>();
        for (Operation operation : operations) {
            boolean failed = operation.answer.isPresent() && operation.answer.get() instanceof Answer.NotApplied;
            boolean nothingRead = operation.call.kind() == Call.Kind.GET && operation.isOpen();
            if (!failed && !nothingRead) {
                byKey.computeIfAbsent(operation.call.key(), unused -> new ArrayList<>())
                        .add(operation);
            }
        }
        return byKey;
    }
}
