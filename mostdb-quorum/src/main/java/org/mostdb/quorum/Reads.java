package org.mostdb.quorum;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.Message.KnownKey;
import org.mostdb.quorum.Message.ReadAnswer;
import org.mostdb.quorum.Operation.Outcome;
import org.mostdb.quorum.Stores.StoreRound;

/**
 * This node as the coordinator of reads, in batches.
 *
 * <p>It reads its own durable cells, then asks others how theirs compare. Where a majority holds the greatest tag that
 * was found, that cell is the answer. Where not, its write is still under way or was left half done: the cell is first
 * stored on a majority, so that no later read, on any node, can find an older one.
 *
 * <p>At first it asks no more members than it needs, in turns; the others follow when these do not answer soon.
 *
 * <p>Source: Attiya, Bar-Noy and Dolev, Sharing memory robustly in message-passing systems, JACM 1995; the read that
 * skips its second phase where a majority agrees is in Dutta, Guerraoui, Levy and Chakraborty, How fast can a
 * distributed atomic read be, PODC 2004.
 */
final class Reads {

    private static final int BATCH_OPERATIONS = 256;
    private static final int BATCHES_UNDER_WAY = 4;
    private static final long RESEND_DELAY_NANOS = 20_000_000L;
    private static final long AVOID_NANOS = 1_000_000_000L;

    private final Members members;
    private final Rounds rounds;
    private final Replica replica;
    private final Stores stores;
    private final Predicate<NodeId> isBehind;
    private final long batchBytes;
    private final Deque<Operation> queue = new ArrayDeque<>();
    private final List<Batch> underWay = new ArrayList<>();
    private final Map<NodeId, Long> avoidUntilNanos = new HashMap<>();
    private long nowNanos;
    private int turn;
    private long writeBacks;

    /** @param isBehind whether a member is known to lack cells that this node holds */
    Reads(Members members, Rounds rounds, Replica replica, Stores stores, Predicate<NodeId> isBehind, long batchBytes) {
        this.members = members;
        this.rounds = rounds;
        this.replica = replica;
        this.stores = stores;
        this.isBehind = isBehind;
        this.batchBytes = batchBytes;
    }

    /** Reads that are answered together; those of one key share its answer. */
    private static final class Batch {

        private final Map<Bytes, List<Operation>> operations;
        private @Nullable ReadRound asking;
        private final List<StoreRound> writingBack = new ArrayList<>();

        private Batch(Map<Bytes, List<Operation>> operations) {
            this.operations = operations;
        }

        private void complete(Bytes key, Optional<Cell> cell) {
            List<Operation> readers = operations.remove(key);
            if (readers != null) {
                readers.forEach(operation -> operation.complete(new Outcome.Found(cell)));
            }
        }
    }

    /** The question to the others, and the greatest cell and the number of its holders for each key. */
    private final class ReadRound extends Round {

        private final Batch batch;
        private final List<KnownKey> keys;
        private final List<@Nullable Cell> own;
        private final List<@Nullable Cell> newest;
        private final int[] holders;
        private final Map<NodeId, ReadProgress> progress = new HashMap<>();

        private ReadRound(Batch batch, List<KnownKey> keys, List<@Nullable Cell> own) {
            super(rounds.nextId());
            this.batch = batch;
            this.keys = keys;
            this.own = own;
            this.newest = new ArrayList<>(own);
            this.holders = new int[keys.size()];
        }

        @Override
        Message request() {
            return new Message.ReadRequest(id, keys);
        }

        @Override
        void unanswered(Collection<NodeId> by) {
            by.forEach(member -> avoidUntilNanos.put(member, nowNanos + AVOID_NANOS));
        }

        /** The void answer may have been counted as a holder of any key, so all are asked anew. */
        @Override
        void voided() {
            rounds.end(this);
            batch.asking = null;
            replica.read(List.copyOf(batch.operations.keySet()), fresh -> ask(batch, fresh));
        }

        private void countHolder(int place, ReadAnswer answer) {
            Cell greatest = newest.get(place);
            switch (answer) {
                case ReadAnswer.Same unused -> {
                    if (sameTag(greatest, own.get(place))) {
                        holders[place]++;
                    }
                }
                case ReadAnswer.Older unused -> {
                    // It does not hold the greatest: nothing to count.
                }
                case ReadAnswer.Newer newer -> {
                    boolean isSettled = replica.floor().present(newer.cell()) == null;
                    if (isSettled) {
                        // A tombstone that is as good as nothing, although that member does not know it yet.
                        holders[place] += greatest == null ? 1 : 0;
                    } else if (newer.cell().isNewerThan(greatest)) {
                        newest.set(place, newer.cell());
                        holders[place] = 1;
                    } else if (sameTag(greatest, newer.cell())) {
                        holders[place]++;
                    }
                }
            }
        }
    }

    /** The answers of one member, which may come in several messages, each perhaps more than once. */
    private static final class ReadProgress {

        private final @Nullable ReadAnswer[] answers;
        private int missing;

        private ReadProgress(int keys) {
            answers = new ReadAnswer[keys];
            missing = keys;
        }
    }

    void add(Operation operation) {
        queue.add(operation);
    }

    int queued() {
        return queue.size();
    }

    /** How many keys were written back since the start. */
    long writeBacks() {
        return writeBacks;
    }

    /** Begins the next batch, if there is one and not too many are under way. */
    void flush(long now) {
        nowNanos = now;
        while (!queue.isEmpty() && underWay.size() < BATCHES_UNDER_WAY && members.isVoting()) {
            Map<Bytes, List<Operation>> operations = new LinkedHashMap<>();
            long bytes = 0;
            for (int i = 0; i < BATCH_OPERATIONS && bytes < batchBytes && !queue.isEmpty(); i++) {
                Operation operation = queue.remove();
                bytes += operation.bytes();
                operations
                        .computeIfAbsent(operation.key, unused -> new ArrayList<>(1))
                        .add(operation);
            }
            Batch batch = new Batch(operations);
            underWay.add(batch);
            replica.read(List.copyOf(operations.keySet()), own -> ask(batch, own));
        }
    }

    private void ask(Batch batch, List<@Nullable Cell> own) {
        if (!underWay.contains(batch)) {
            return;
        }
        List<KnownKey> keys = new ArrayList<>(own.size());
        for (Bytes key : batch.operations.keySet()) {
            Cell cell = own.get(keys.size());
            keys.add(new KnownKey(key, cell == null ? null : cell.tag()));
        }
        ReadRound round = new ReadRound(batch, keys, own);
        batch.asking = round;
        rounds.begin(round, preferred(), nowNanos, RESEND_DELAY_NANOS);
        for (int place = 0; place < keys.size(); place++) {
            round.countHolder(place, ReadAnswer.SAME);
        }
        onAllAnswersOf(members.self(), round);
    }

    /**
     * As many others as a majority needs, in turns; last those that were slow lately, or lack what would be written
     * back.
     */
    private Collection<NodeId> preferred() {
        List<NodeId> up = members.othersUp();
        int needed = members.majority() - 1;
        if (up.size() <= needed) {
            return up;
        }
        List<NodeId> quick = new ArrayList<>(up.size());
        List<NodeId> slow = new ArrayList<>();
        turn++;
        for (int i = 0; i < up.size(); i++) {
            NodeId member = up.get(Math.floorMod(turn + i, up.size()));
            Long until = avoidUntilNanos.get(member);
            boolean isSlow = (until != null && until - nowNanos > 0) || isBehind.test(member);
            (isSlow ? slow : quick).add(member);
        }
        quick.addAll(slow);
        return quick.subList(0, needed);
    }

    /**
     * A member has compared a stretch of keys.
     *
     * @return false if a cell was damaged on its way, so that the answer is to count as lost
     */
    boolean onReply(NodeId from, Message.ReadReply reply, long now) {
        nowNanos = now;
        ReadRound round = rounds.find(reply.round(), from, ReadRound.class);
        if (round == null
                || reply.first() < 0
                || reply.first() + (long) reply.answers().size() > round.keys.size()) {
            return true;
        }
        if (!isWhole(reply, round.keys)) {
            return false;
        }
        ReadProgress progress = round.progress.computeIfAbsent(from, unused -> new ReadProgress(round.keys.size()));
        for (int i = 0; i < reply.answers().size(); i++) {
            int place = reply.first() + i;
            if (progress.answers[place] == null) {
                progress.answers[place] = reply.answers().get(i);
                progress.missing--;
            }
        }
        if (progress.missing == 0) {
            for (int place = 0; place < round.keys.size(); place++) {
                ReadAnswer answer = progress.answers[place];
                if (answer != null) {
                    round.countHolder(place, answer);
                }
            }
            onAllAnswersOf(from, round);
        }
        return true;
    }

    private static boolean isWhole(Message.ReadReply reply, List<KnownKey> keys) {
        for (int i = 0; i < reply.answers().size(); i++) {
            Bytes key = keys.get(reply.first() + i).key();
            if (reply.answers().get(i) instanceof ReadAnswer.Newer newer
                    && !newer.cell().isOf(key)) {
                return false;
            }
        }
        return true;
    }

    private void onAllAnswersOf(NodeId from, ReadRound round) {
        if (!round.countAnswer(from) || round.answers() != members.majority()) {
            return;
        }
        rounds.end(round);
        Batch batch = round.batch;
        batch.asking = null;
        Map<Bytes, Cell> toWriteBack = new LinkedHashMap<>();
        long bytes = 0;
        for (int place = 0; place < round.keys.size(); place++) {
            Bytes key = round.keys.get(place).key();
            Cell newest = round.newest.get(place);
            if (newest == null) {
                batch.complete(key, Optional.empty());
            } else if (round.holders[place] >= members.majority()) {
                batch.complete(key, Optional.of(newest));
            } else {
                toWriteBack.put(key, newest);
                bytes += MessageCodec.cellBytes(key, newest);
                if (bytes >= batchBytes) {
                    writeBack(batch, toWriteBack);
                    toWriteBack = new LinkedHashMap<>();
                    bytes = 0;
                }
            }
        }
        if (!toWriteBack.isEmpty()) {
            writeBack(batch, toWriteBack);
        }
        if (batch.writingBack.isEmpty()) {
            underWay.remove(batch);
        }
    }

    private void writeBack(Batch batch, Map<Bytes, Cell> cells) {
        writeBacks += cells.size();
        batch.writingBack.add(stores.begin(cells, true, nowNanos, () -> {
            cells.forEach((key, cell) -> batch.complete(key, Optional.of(cell)));
            if (batch.operations.isEmpty()) {
                underWay.remove(batch);
            }
        }));
    }

    /** Ends what has no majority in time. */
    void tick(long now) {
        nowNanos = now;
        queue.removeIf(operation -> operation.isExpired(now) && fail(operation));
        for (Batch batch : List.copyOf(underWay)) {
            for (List<Operation> readers : batch.operations.values()) {
                readers.removeIf(operation -> operation.isExpired(now) && fail(operation));
            }
            if (batch.operations.values().stream().allMatch(List::isEmpty)) {
                abandon(batch);
            }
        }
    }

    private void abandon(Batch batch) {
        underWay.remove(batch);
        if (batch.asking != null) {
            rounds.end(batch.asking);
        }
        batch.writingBack.forEach(rounds::end);
    }

    /** No majority can be had: ends all. */
    void failAll() {
        queue.forEach(this::fail);
        queue.clear();
        for (Batch batch : List.copyOf(underWay)) {
            batch.operations.values().forEach(readers -> readers.forEach(this::fail));
            abandon(batch);
        }
    }

    /** This node stops coordinating: ends all. */
    void failAll(MostDbException reason) {
        queue.forEach(operation -> operation.fail(reason));
        queue.clear();
        for (Batch batch : List.copyOf(underWay)) {
            batch.operations.values().forEach(readers -> readers.forEach(operation -> operation.fail(reason)));
            abandon(batch);
        }
    }

    private boolean fail(Operation operation) {
        operation.fail(new MajorityUnavailableException(
                members.majority(), members.votersUp(), members.report().whyNotAll()));
        return true;
    }

    private static boolean sameTag(@Nullable Cell one, @Nullable Cell other) {
        return one == null ? other == null : other != null && one.tag().equals(other.tag());
    }
}
