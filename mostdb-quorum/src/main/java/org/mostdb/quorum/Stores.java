package org.mostdb.quorum;

import java.util.Map;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.StoreClock.Dot;

/**
 * Puts cells on a majority: on all members, and done when a majority has them on disk. Both phase two of a write and
 * the write-back of a read are this.
 */
final class Stores {

    private static final long RESEND_DELAY_NANOS = 250_000_000L;

    private final Members members;
    private final Rounds rounds;
    private final Replica replica;
    private long lastNumber;

    Stores(Members members, Rounds rounds, Replica replica) {
        this.members = members;
        this.rounds = rounds;
        this.replica = replica;
    }

    /** One attempt to put cells on a majority. */
    final class StoreRound extends Round {

        private final Dot dot;
        private final Map<Bytes, Cell> cells;
        private final boolean isWriteBack;
        private final Runnable onMajority;

        private StoreRound(Map<Bytes, Cell> cells, boolean isWriteBack, Runnable onMajority) {
            super(rounds.nextId());
            this.dot = new Dot(members.self(), members.epoch().life(), ++lastNumber);
            this.cells = cells;
            this.isWriteBack = isWriteBack;
            this.onMajority = onMajority;
        }

        @Override
        Message request() {
            return new Message.StoreRequest(id, dot.life(), dot.number(), cells, isWriteBack);
        }
    }

    /**
     * Begins to store cells of different keys.
     *
     * @param isWriteBack whether a member has held each of them before
     * @param onMajority called once, when a majority has them durably
     */
    StoreRound begin(Map<Bytes, Cell> cells, boolean isWriteBack, long nowNanos, Runnable onMajority) {
        StoreRound round = new StoreRound(cells, isWriteBack, onMajority);
        rounds.begin(round, members.othersUp(), nowNanos, RESEND_DELAY_NANOS);
        if (replica.hasRoomFor(cells, isWriteBack)) {
            replica.store(cells, round.dot, unused -> onAnswer(members.self(), round));
        }
        return round;
    }

    /** A member has stored the cells of a round. */
    void onReply(NodeId from, Message.StoreReply reply) {
        StoreRound round = rounds.find(reply.round(), from, StoreRound.class);
        if (round != null) {
            onAnswer(from, round);
        }
    }

    private void onAnswer(NodeId from, StoreRound round) {
        if (round.countAnswer(from) && round.answers() == members.majority()) {
            rounds.end(round);
            round.onMajority.run();
        }
    }
}
