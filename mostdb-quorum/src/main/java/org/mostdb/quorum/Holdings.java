package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.StoreClock.Dot;

/**
 * What a store is known to hold. All cells that it got in batches after {@link Told#clockFrom} are those of the rounds
 * in its clock, or were held by the other stores that it took from. So whoever holds all that too, and what this store
 * held up to there, holds all that it holds.
 *
 * <p>Kept in memory only: after a start nothing is known of what came before.
 */
final class Holdings {

    /**
     * What is told to the others.
     *
     * @param sequence the store sequence at which it was so
     * @param takenFrom up to which store sequence of other members this one took what they held
     */
    record Told(long sequence, long clockFrom, StoreClock clock, Map<NodeId, Long> takenFrom) {

        /** Of a node that holds nothing that matters. */
        static final Told NOTHING = new Told(0, 0, new StoreClock(), Map.of());

        int encodedBytes() {
            return 2 * Long.BYTES + clock.encodedBytes() + 1 + takenFrom.size() * 2 * Long.BYTES;
        }

        void encode(ByteBuffer to) {
            clock.encode(to.putLong(sequence).putLong(clockFrom));
            to.put((byte) takenFrom.size());
            takenFrom.forEach((node, taken) -> to.putLong(node.bits()).putLong(taken));
        }

        static Told decode(ByteBuffer from) {
            long sequence = from.getLong();
            long clockFrom = from.getLong();
            StoreClock clock = StoreClock.decode(from);
            int count = from.get();
            Map<NodeId, Long> takenFrom = new HashMap<>();
            for (int i = 0; i < count; i++) {
                takenFrom.put(new NodeId(from.getLong()), from.getLong());
            }
            return new Told(sequence, clockFrom, clock, takenFrom);
        }
    }

    private final StoreClock clock = new StoreClock();
    private final Map<NodeId, Long> takenFrom = new HashMap<>();
    private long clockFrom;

    /** @param sequence the store sequence at the start; 1 of a store that is new, and holds nothing */
    Holdings(long sequence) {
        this.clockFrom = sequence > 1 ? sequence : 0;
    }

    /**
     * Cells of a round became durable.
     *
     * @param sequence the store sequence reached
     */
    void stored(@Nullable Dot dot, long sequence) {
        if (dot != null && !clock.add(dot)) {
            clockFrom = sequence;
        }
    }

    /**
     * Cells are about to be stored that another store held, durably, when it had come to this sequence. Not to one
     * before: who holds only what it held then may lack some of them.
     */
    void took(NodeId from, long theirSequence) {
        takenFrom.merge(from, theirSequence, Math::max);
    }

    /** All that another store held was taken. */
    void tookAll(StoreClock theirs, long sequence) {
        if (!clock.merge(theirs)) {
            clockFrom = sequence;
        }
    }

    /** Members have changed: what was taken from one that is gone cannot be compared any more. */
    void retain(Membership members, long sequence) {
        boolean isWhole = clock.retain(members);
        isWhole &= !takenFrom.keySet().removeIf(node -> !members.contains(node));
        if (!isWhole) {
            clockFrom = sequence;
        }
    }

    /**
     * Whether another store has nothing after its clock began that this one lacks.
     *
     * @param holdsOf up to which sequence this store holds what a member holds
     */
    boolean covers(Told other, ToLongFunction<NodeId> holdsOf) {
        return clock.covers(other.clock())
                && other.takenFrom().entrySet().stream()
                        .allMatch(taken -> holdsOf.applyAsLong(taken.getKey()) >= taken.getValue());
    }

    Told told(long sequence) {
        return new Told(sequence, clockFrom, clock.copy(), Map.copyOf(takenFrom));
    }
}
