package org.mostdb.quorum;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.CellStore.ScanJob;
import org.mostdb.quorum.CellStore.Stretch;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.quorum.Holdings.Told;
import org.mostdb.quorum.Message.HighWaterReply;
import org.mostdb.quorum.Message.HighWaterRequest;
import org.mostdb.quorum.Message.KnownKey;
import org.mostdb.quorum.Message.ReadAnswer;
import org.mostdb.quorum.Message.ReadReply;
import org.mostdb.quorum.Message.ReadRequest;
import org.mostdb.quorum.Message.StoreReply;
import org.mostdb.quorum.Message.StoreRequest;
import org.mostdb.quorum.StoreClock.Dot;

/**
 * This node as a keeper of cells.
 *
 * <p><b>Writing.</b> One {@link WriteJob} is under way at a time; all that comes meanwhile is merged into the next one,
 * so a slow disk makes larger batches and not a longer queue of them. A store is acknowledged when the job that held it
 * is durable.
 *
 * <p><b>Reading.</b> Only durable cells are answered. An engine may show a batch before it is durable, so a cell that
 * was read is compared with the job under way: if it is one of its cells, the answer waits for the job.
 *
 * <p><b>Cells that come late.</b> Below its {@link Floor} the replica takes nothing from store requests. One that
 * brings such a cell is acknowledged only if the replica holds it already, or a newer one; otherwise it is refused in
 * silence.
 *
 * <p><b>A full disk.</b> What there is no room for is refused in silence, as if the network had lost it: so it is never
 * acknowledged, and who asks goes on asking. Reads need no room.
 */
final class Replica {

    /** Requests beyond so many full messages are dropped, as if the network had lost them; their askers repeat them. */
    private static final long WAITING_MESSAGES = 8;

    /** Cells to read, for whoever asked. */
    record ReadJob(List<Bytes> keys, Consumer<List<@Nullable Cell>> then) {}

    /** One store request, or one record, waiting to become durable. */
    private record Entry(
            Map<Bytes, Cell> cells,
            boolean isLate,
            @Nullable Dot dot,
            Map<MemberRecord, byte[]> records,
            long bytes,
            LongConsumer durable) {}

    /** Which requests of others wait, so that a repeated one is not stored twice. */
    private record Request(NodeId from, long round) {}

    /**
     * A stretch of this store, for another one.
     *
     * @param told what this store held before it was read: of the stretch's keys, all that was found
     * @param end how far this store was after that, durably: it held all that was found by then
     */
    record Excerpt(Stretch stretch, Told told, Mark end) {}

    private final Effects effects;
    private final long life;
    private final Holdings holdings;
    private final LongSupplier heldByAll;
    private final int maxMessageBytes;
    private final Deque<Entry> waiting = new ArrayDeque<>();
    private final Set<Request> requests = new HashSet<>();
    /** What is answered once the job under way is durable. */
    private final List<Runnable> heldAnswers = new ArrayList<>();

    private List<Entry> underWay = List.of();
    private @Nullable WriteJob job;
    private long waitingBytes;
    private long highWater;
    private long sequence;
    private Room room = Room.AMPLE;
    private Floor floor;
    private Floor durableFloor;
    private long lateAt;
    private int lateWaiting;
    private @Nullable Membership view;
    private @Nullable MemberRecord along;
    private Supplier<byte @Nullable []> contentAlong = () -> null;
    private boolean isAlongDue;

    /**
     * @param life see {@link Epoch#life}
     * @param floor as recorded in an earlier life
     * @param heldByAll up to which store sequence all other stores hold what this one holds
     */
    Replica(
            Effects effects,
            long life,
            long highWater,
            long sequence,
            Floor floor,
            int maxMessageBytes,
            LongSupplier heldByAll) {
        this.floor = floor;
        this.durableFloor = floor;
        this.lateAt = sequence;
        this.holdings = new Holdings(sequence);
        this.heldByAll = heldByAll;
        this.effects = effects;
        this.life = life;
        this.highWater = highWater;
        this.sequence = sequence;
        this.maxMessageBytes = maxMessageBytes;
    }

    /** At least the counter of every cell that this replica was ever asked to keep. */
    long highWater() {
        return highWater;
    }

    /** Answers another node's question for it. */
    void onHighWaterRequest(NodeId from, HighWaterRequest request) {
        effects.send(from, new HighWaterReply(request.round(), life, highWater, view()));
    }

    /** Another replica's high-water counter is this one's, too; durable with the next batch. */
    void raiseHighWater(long counter) {
        highWater = Math.max(highWater, counter);
    }

    /** From now on each answer says that these are the members. */
    void setView(Membership members) {
        view = members;
    }

    private Membership view() {
        return Objects.requireNonNull(view, "only a member of a formed cluster answers");
    }

    /**
     * Something to record that is not worth a write of its own, but goes along with each other one. It is asked for
     * when a write begins, and never waits in the queue, where something newer could overtake it.
     *
     * @param changed null if there is nothing new
     */
    void setRecordedAlong(MemberRecord kind, Supplier<byte @Nullable []> changed) {
        along = kind;
        contentAlong = changed;
    }

    /** What goes along, and what can be dropped, is worth a write of its own now. */
    void writeSoon() {
        isAlongDue = true;
    }

    /** The store sequence of the last durable batch. */
    long sequence() {
        return sequence;
    }

    /** What the disk has room for, from now on. */
    void setRoom(Room now) {
        room = now;
    }

    Room room() {
        return room;
    }

    /**
     * Whether the disk has room for cells.
     *
     * @param isWriteBack whether a member has held each of them before
     */
    boolean hasRoomFor(Map<Bytes, Cell> cells, boolean isWriteBack) {
        if (room.allows(isWriteBack ? Room.LOW : Room.AMPLE)) {
            return true;
        }
        return room.allows(Room.SCARCE) && cells.values().stream().allMatch(Cell::isTombstone);
    }

    /** Stores another node's cells, and acknowledges them once they are durable. */
    void onStore(NodeId from, StoreRequest store) {
        Request request = new Request(from, store.round());
        if (waitingBytes > WAITING_MESSAGES * maxMessageBytes
                || !hasRoomFor(store.cells(), store.isWriteBack())
                || !requests.add(request)) {
            return;
        }
        Dot dot = new Dot(from, store.life(), store.number());
        storeInTime(store.cells(), dot, () -> requests.remove(request), durable -> {
            requests.remove(request);
            effects.send(from, new StoreReply(store.round(), life, durable, view()));
        });
    }

    /**
     * Stores the cells of a round, unless one comes too late.
     *
     * @param durable called with the store sequence once they, or newer ones, are durable; never if one is too late
     */
    void store(Map<Bytes, Cell> cells, Dot dot, LongConsumer durable) {
        storeInTime(cells, dot, () -> {}, durable);
    }

    private void storeInTime(Map<Bytes, Cell> cells, Dot dot, Runnable refused, LongConsumer durable) {
        if (!isAnyLate(cells)) {
            enqueue(cells, false, dot, durable);
            return;
        }
        List<Bytes> late = cells.entrySet().stream()
                .filter(entry -> floor.isLate(entry.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        read(late, held -> {
            Map<Bytes, Cell> inTime = new LinkedHashMap<>(cells);
            for (int i = 0; i < held.size(); i++) {
                Cell cell = Objects.requireNonNull(inTime.remove(late.get(i)));
                if (!isAsGoodAs(held.get(i), cell)) {
                    refused.run();
                    return;
                }
            }
            storeInTime(inTime, dot, refused, durable);
        });
    }

    private boolean isAnyLate(Map<Bytes, Cell> cells) {
        for (Cell cell : cells.values()) {
            if (floor.isLate(cell)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAsGoodAs(@Nullable Cell held, Cell late) {
        return held == null ? floor.present(late) == null : !late.isNewerThan(held);
    }

    /** Below which counters this store is closed. */
    Floor floor() {
        return floor;
    }

    /** The floor that is on disk. */
    long durableFloor() {
        return durableFloor.floor();
    }

    /** Up to where the cells are settled, as it is on disk. */
    long durablySettled() {
        return durableFloor.settled();
    }

    /**
     * The store sequence at which this store last got a cell up to its floor; the greatest number while it gets one.
     */
    long lateAt() {
        return lateWaiting > 0 ? Long.MAX_VALUE : lateAt;
    }

    /** No store request brings a cell up to this counter any more. */
    void raiseFloor(long counter) {
        setFloor(floor.withFloor(counter));
    }

    /** All members hold the same up to this counter. */
    void settle(long counter) {
        setFloor(floor.withSettled(counter));
    }

    private void setFloor(Floor raised) {
        if (!raised.equals(floor)) {
            floor = raised;
            raiseHighWater(raised.floor());
            record(MemberRecord.FLOOR, raised.encoded(), () -> {
                durableFloor = raised;
                lateAt = sequence;
            });
        }
    }

    /** What this store is known to hold. */
    Holdings holdings() {
        return holdings;
    }

    /** The same, as it is told to others. */
    Told told() {
        return holdings.told(sequence);
    }

    /**
     * Stores cells of another store that was asked for them.
     *
     * @param durable called with the store sequence once they, or newer ones, are durable
     */
    void take(Map<Bytes, Cell> cells, LongConsumer durable) {
        Map<Bytes, Cell> unsettled = new LinkedHashMap<>(cells);
        unsettled.values().removeIf(floor::isSettled);
        enqueue(unsettled, isAnyLate(unsettled), null, durable);
    }

    private void enqueue(Map<Bytes, Cell> cells, boolean isLate, @Nullable Dot dot, LongConsumer durable) {
        long bytes = 0;
        for (Map.Entry<Bytes, Cell> entry : cells.entrySet()) {
            highWater = Math.max(highWater, entry.getValue().tag().counter());
            bytes += MessageCodec.cellBytes(entry.getKey(), entry.getValue());
        }
        enqueue(new Entry(cells, isLate, dot, Map.of(), bytes, durable));
    }

    /**
     * Records something.
     *
     * @param durable called once it is on disk
     */
    void record(MemberRecord kind, byte[] content, Runnable durable) {
        enqueue(new Entry(Map.of(), false, null, Map.of(kind, content), 0, unused -> durable.run()));
    }

    /** Calls once all that waits now is on disk. */
    void whenDurable(Runnable durable) {
        enqueue(new Entry(Map.of(), false, null, Map.of(), 0, unused -> durable.run()));
    }

    private void enqueue(Entry entry) {
        waiting.add(entry);
        lateWaiting += entry.isLate() ? 1 : 0;
        waitingBytes += entry.bytes();
    }

    /** Begins the next job if none is under way, something waits, and the disk takes it. */
    void flush() {
        if (job != null || (waiting.isEmpty() && !isAlongDue) || room == Room.NONE) {
            return;
        }
        Map<Bytes, Cell> cells = new LinkedHashMap<>();
        Map<MemberRecord, byte[]> records = new EnumMap<>(MemberRecord.class);
        List<Entry> entries = new ArrayList<>();
        long bytes = 0;
        // Half a message: as much as a coordinator sends in two batches.
        while (!waiting.isEmpty() && bytes < maxMessageBytes / 2) {
            Entry entry = waiting.remove();
            entry.cells().forEach((key, cell) -> cells.merge(key, cell, (a, b) -> b.isNewerThan(a) ? b : a));
            records.putAll(entry.records());
            entries.add(entry);
            bytes += entry.bytes();
        }
        waitingBytes -= bytes;
        addWhatGoesAlong(cells, records);
        underWay = entries;
        job = new WriteJob(cells, records, highWater, heldByAll.getAsLong(), durableFloor.settled());
        effects.write(job);
    }

    private void addWhatGoesAlong(Map<Bytes, Cell> cells, Map<MemberRecord, byte[]> records) {
        if (along == null || (cells.isEmpty() && records.isEmpty() && !isAlongDue)) {
            return;
        }
        isAlongDue = false;
        byte[] content = contentAlong.get();
        if (content != null) {
            records.put(along, content);
        }
    }

    /**
     * The job under way is durable.
     *
     * @param newSequence the store sequence that it has reached
     */
    void onWritten(long newSequence) {
        sequence = newSequence;
        job = null;
        List<Entry> done = underWay;
        underWay = List.of();
        for (Entry entry : done) {
            holdings.stored(entry.dot(), newSequence);
            lateWaiting -= entry.isLate() ? 1 : 0;
            lateAt = entry.isLate() ? newSequence : lateAt;
        }
        done.forEach(entry -> entry.durable().accept(newSequence));
        List<Runnable> free = List.copyOf(heldAnswers);
        heldAnswers.clear();
        free.forEach(Runnable::run);
    }

    /**
     * Reads durable cells.
     *
     * @param then gets one for each key, in their order; null where there is none
     */
    void read(List<Bytes> keys, Consumer<List<@Nullable Cell>> then) {
        effects.read(new ReadJob(keys, then));
    }

    /**
     * A read is done.
     *
     * @param cells owned by the replica from now on
     */
    void onRead(ReadJob read, List<@Nullable Cell> cells) {
        if (showsJobUnderWay(read.keys(), cells)) {
            heldAnswers.add(() -> accept(read, cells));
        } else {
            accept(read, cells);
        }
    }

    private void accept(ReadJob read, List<@Nullable Cell> cells) {
        cells.replaceAll(floor::present);
        read.then().accept(cells);
    }

    private boolean showsJobUnderWay(List<Bytes> keys, List<@Nullable Cell> cells) {
        for (int i = 0; i < cells.size(); i++) {
            Cell cell = cells.get(i);
            if (cell != null && isOfJobUnderWay(keys.get(i), cell)) {
                return true;
            }
        }
        return false;
    }

    private boolean isOfJobUnderWay(Bytes key, Cell cell) {
        return job != null && job.holds(key, cell);
    }

    /**
     * Reads a stretch of the store, as it is on disk then.
     *
     * @param byteLimit see {@link ScanJob}
     * @param then gets it, once all of it is durable
     */
    void scan(Cursor from, int byteLimit, Consumer<Excerpt> then) {
        Told before = told();
        effects.scan(new ScanJob(from, byteLimit, stretch -> {
            Runnable answer = () -> then.accept(new Excerpt(stretch, before, new Mark(life, sequence)));
            boolean isHeld = stretch.cells().entrySet().stream()
                    .anyMatch(found -> isOfJobUnderWay(found.getKey(), found.getValue()));
            if (isHeld) {
                heldAnswers.add(answer);
            } else {
                answer.run();
            }
        }));
    }

    /** Answers another node's read. */
    void onReadRequest(NodeId from, ReadRequest request) {
        List<Bytes> keys = request.keys().stream().map(KnownKey::key).toList();
        read(keys, cells -> reply(from, request, cells));
    }

    private void reply(NodeId to, ReadRequest request, List<@Nullable Cell> cells) {
        List<ReadAnswer> answers = new ArrayList<>(cells.size());
        int first = 0;
        long bytes = 0;
        for (int i = 0; i < cells.size(); i++) {
            ReadAnswer answer = answer(request.keys().get(i).known(), cells.get(i));
            int size = MessageCodec.answerBytes(answer);
            if (!answers.isEmpty() && bytes + size > maxMessageBytes / 2) {
                effects.send(to, new ReadReply(request.round(), life, first, List.copyOf(answers), view()));
                answers.clear();
                first = i;
                bytes = 0;
            }
            answers.add(answer);
            bytes += size;
        }
        effects.send(to, new ReadReply(request.round(), life, first, answers, view()));
    }

    private static ReadAnswer answer(@Nullable Tag known, @Nullable Cell cell) {
        if (cell == null) {
            return known == null ? ReadAnswer.SAME : ReadAnswer.OLDER;
        }
        int order = known == null ? 1 : cell.tag().compareTo(known);
        return order > 0 ? new ReadAnswer.Newer(cell) : order == 0 ? ReadAnswer.SAME : ReadAnswer.OLDER;
    }
}
