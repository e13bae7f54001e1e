package org.mostdb.quorum;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.NodeId;
import org.mostdb.api.OutcomeUnknownException;
import org.mostdb.quorum.Operation.Outcome;
import org.mostdb.quorum.Stores.StoreRound;

/**
 * This node as the coordinator of writes, in batches.
 *
 * <p>Phase one asks a majority for its high-water counters; the one question serves every write that was queued before
 * it was sent. Any write that was acknowledged before then left its counter with a majority, so one of those asked
 * knows it. Phase two gives each write of the batch a tag above all answers and above all tags that this node gave out
 * before, which matters because that of a batch that was given up may still come, and stores the cells on a majority.
 *
 * <p>One batch is under way at a time. A second one beside it would make each smaller, and so more of them: a step of
 * the network and a write of the disk cost about as much for one write as for fifty. For the same reason, those who
 * were told of the end of a large batch get a turn to ask for their next writes before the next batch begins. Else two
 * halves of the clients would take turns, and all batches be half as large. After a small batch the turn would take
 * longer than it brings.
 *
 * <p>A write that expires in phase one was not applied. In phase two its outcome is unknown: its cell is out there.
 *
 * <p>Source: Lynch and Shvartsman 1997 (see {@link Tag}); one question for all keys is ours, and only makes counters
 * grow faster than one per key would.
 */
final class Writes {

    private static final int BATCH_OPERATIONS = 1024;
    private static final long RESEND_DELAY_NANOS = 250_000_000L;

    private final Effects effects;
    private final Members members;
    private final Rounds rounds;
    private final Replica replica;
    private final Stores stores;
    private final long batchBytes;
    private final int turnAfterWrites;
    private final Deque<Operation> queue = new ArrayDeque<>();
    private final TagSource tags;
    private @Nullable HighWaterRound asking;
    private @Nullable Batch storing;
    private boolean isClientsTurn;

    Writes(
            Effects effects,
            Members members,
            Rounds rounds,
            Replica replica,
            Stores stores,
            TagSource tags,
            long batchBytes,
            int turnAfterWrites) {
        this.effects = effects;
        this.members = members;
        this.rounds = rounds;
        this.replica = replica;
        this.stores = stores;
        this.tags = tags;
        this.batchBytes = batchBytes;
        this.turnAfterWrites = turnAfterWrites;
    }

    /** A batch in phase one. */
    private final class HighWaterRound extends Round {

        private final List<Operation> operations;
        private long highest;

        private HighWaterRound(List<Operation> operations) {
            super(rounds.nextId());
            this.operations = operations;
        }

        @Override
        Message request() {
            return new Message.HighWaterRequest(id);
        }
    }

    /** A batch in phase two. */
    private static final class Batch {

        private final List<Operation> operations;
        private final List<Tag> tags;
        private @Nullable StoreRound round;

        private Batch(List<Operation> operations, List<Tag> tags) {
            this.operations = operations;
            this.tags = tags;
        }

        private void succeed() {
            for (int i = 0; i < operations.size(); i++) {
                operations.get(i).complete(new Outcome.Written(tags.get(i)));
            }
        }
    }

    void add(Operation operation) {
        queue.add(operation);
    }

    int queued() {
        return queue.size();
    }

    /** Whether a batch is, or waits for those who are about to ask for more. */
    boolean isUnderWay() {
        return asking != null || storing != null || isClientsTurn;
    }

    /** Who was told of the end of a batch may be back. */
    void clientsHadTheirTurn() {
        isClientsTurn = false;
    }

    /** Begins the next batch, if there is one and none is under way. */
    void flush(long nowNanos) {
        if (isUnderWay() || queue.isEmpty() || !members.isVoting()) {
            return;
        }
        List<Operation> operations = new ArrayList<>();
        long bytes = 0;
        while (!queue.isEmpty() && operations.size() < BATCH_OPERATIONS && bytes < batchBytes) {
            Operation operation = queue.remove();
            operations.add(operation);
            bytes += operation.bytes();
        }
        HighWaterRound round = new HighWaterRound(operations);
        asking = round;
        rounds.begin(round, members.othersUp(), nowNanos, RESEND_DELAY_NANOS);
        onAnswer(members.self(), round, replica.highWater(), nowNanos);
    }

    /** A member has told its high-water counter. */
    void onReply(NodeId from, Message.HighWaterReply reply, long nowNanos) {
        HighWaterRound round = rounds.find(reply.round(), from, HighWaterRound.class);
        if (round != null) {
            onAnswer(from, round, reply.highWater(), nowNanos);
        }
    }

    private void onAnswer(NodeId from, HighWaterRound round, long highWater, long nowNanos) {
        round.countAnswer(from);
        round.highest = Math.max(round.highest, highWater);
        if (round.answers() == members.majority()) {
            rounds.end(round);
            asking = null;
            store(round.operations, round.highest, nowNanos);
        }
    }

    private void store(List<Operation> operations, long highest, long nowNanos) {
        Map<Bytes, Cell> cells = LinkedHashMap.newLinkedHashMap(operations.size());
        List<Tag> given = new ArrayList<>(operations.size());
        tags.begin(highest);
        for (Operation operation : operations) {
            Tag tag = tags.next();
            given.add(tag);
            // Of several writes of one key only the last is stored: the others were overwritten at once, concurrently.
            cells.put(operation.key, Cell.of(operation.key, tag, operation.value));
        }
        Batch batch = new Batch(operations, given);
        storing = batch;
        batch.round = stores.begin(cells, false, nowNanos, () -> {
            storing = null;
            batch.succeed();
            if (operations.size() >= turnAfterWrites) {
                isClientsTurn = true;
                effects.giveClientsTheirTurn();
            }
        });
    }

    /** Ends what has no majority in time. */
    void tick(long nowNanos) {
        isClientsTurn = false;
        queue.removeIf(operation -> operation.isExpired(nowNanos) && failNotApplied(operation));
        HighWaterRound ask = asking;
        if (ask != null) {
            ask.operations.removeIf(operation -> operation.isExpired(nowNanos) && failNotApplied(operation));
            if (ask.operations.isEmpty()) {
                rounds.end(ask);
                asking = null;
            }
        }
        Batch batch = storing;
        if (batch != null) {
            batch.operations.stream()
                    .filter(operation -> operation.isExpired(nowNanos))
                    .forEach(this::failUnknown);
            if (batch.operations.stream().allMatch(operation -> operation.outcome.isDone())) {
                abandon(batch);
            }
        }
    }

    private void abandon(Batch batch) {
        storing = null;
        if (batch.round != null) {
            rounds.end(batch.round);
        }
    }

    /** No majority can be had: ends what was not sent for storing yet. */
    void failNotApplied() {
        Stream.concat(queue.stream(), asking == null ? Stream.empty() : asking.operations.stream())
                .forEach(this::failNotApplied);
        queue.clear();
        if (asking != null) {
            rounds.end(asking);
            asking = null;
        }
    }

    /**
     * This node stops coordinating: ends all.
     *
     * @param reason for what was not sent for storing yet
     */
    void failAll(MostDbException reason) {
        queue.forEach(operation -> operation.fail(reason));
        queue.clear();
        if (asking != null) {
            asking.operations.forEach(operation -> operation.fail(reason));
            rounds.end(asking);
            asking = null;
        }
        Batch batch = storing;
        if (batch != null) {
            batch.operations.forEach(this::failUnknown);
            abandon(batch);
        }
    }

    private boolean failNotApplied(Operation operation) {
        operation.fail(new MajorityUnavailableException(
                members.majority(),
                asking == null ? 0 : asking.answers(),
                members.report().whyNotAll()));
        return true;
    }

    private void failUnknown(Operation operation) {
        operation.fail(
                new OutcomeUnknownException("the write was sent to the members, and no majority has confirmed it: "
                        + members.report().whyNotAll() + "; it may have been applied, or may be later"));
    }
}
