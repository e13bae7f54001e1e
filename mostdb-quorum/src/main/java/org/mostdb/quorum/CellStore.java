package org.mostdb.quorum;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/**
 * Cells and the node's own records in a storage engine. A key of the engine is one byte that tells the kind, and the
 * rest: {@code c} and a client's key for a cell, {@code m} and a name for a record. Both end with a {@link Checksum},
 * which is verified whenever one is read.
 *
 * <p>Invariants: a cell is only ever replaced by a newer one; the batch that stores a cell also stores a high-water
 * mark of at least its counter, so no crash separates them; the store sequence grows by one with each durable batch.
 *
 * <p>{@link #read} may be called by any thread, {@link #write} by one at a time.
 */
final class CellStore {

    static final byte CELL = 'c';
    private static final byte RECORD = 'm';

    private static final long FEW_LOG_KEYS = 100_000;

    static final byte[] FIRST_CELL = {CELL};
    static final byte[] END_OF_CELLS = {CELL + 1};

    static final byte[] NODE = recordKey("node");
    static final byte[] EPOCHS = recordKey("epochs");
    static final byte[] PROGRESS = recordKey("progress");

    /** What a {@link WriteJob} can record beside cells. */
    enum MemberRecord {
        /** The sets of members that this node has proposed. */
        PROPOSALS("proposals"),
        /** The members of the formed cluster. */
        CLUSTER("cluster"),
        /** Which member was last met at which address. */
        MET("met"),
        /** How far the stores of the other members had come. */
        MARKS("marks"),
        /** Below which counters the store is closed. */
        FLOOR("floor"),
        /** The membership with this node at the place that it asks for, because its store is new. */
        WISH("wish");

        private final String storedAs;

        MemberRecord(String storedAs) {
            this.storedAs = storedAs;
        }

        byte[] key() {
            return recordKey(storedAs);
        }
    }

    /** Cells to read, for whoever asked. */
    record ScanJob(Cursor from, int byteLimit, Consumer<Stretch> then) {}

    /**
     * Cells that were found; they may not be durable yet.
     *
     * @param next where to go on; null if there are no more
     */
    record Stretch(Map<Bytes, Cell> cells, @Nullable Cursor next) {}

    /**
     * One durable step.
     *
     * @param cells those of them that are newer are stored
     * @param records what to record; all but marks with {@link Durability#SYNC} always
     * @param highWater at least the counter of every cell
     * @param heldByAll up to which store sequence all other stores hold what this one holds; beyond that of the next
     *     batch if there is nobody who will ever lack it
     * @param settled tombstones with counters up to this one are dropped
     */
    record WriteJob(
            Map<Bytes, Cell> cells, Map<MemberRecord, byte[]> records, long highWater, long heldByAll, long settled) {

        /** One that drops nothing. */
        WriteJob(Map<Bytes, Cell> cells, Map<MemberRecord, byte[]> records, long highWater) {
            this(cells, records, highWater, 0, 0);
        }

        /** Whether this is one of its cells: while the job is under way, one that an engine may show too early. */
        boolean holds(Bytes key, Cell cell) {
            Cell own = cells.get(key);
            return own != null && own.tag().equals(cell.tag());
        }
    }

    private final StorageEngine engine;
    private final Durability durability;
    private final NodeId node;
    private final Lives lives;
    private final Optional<Membership> cluster;
    private final long initialHighWater;
    private final ChangeLog log;
    private final Tombstones tombstones;
    /** No cell in the store has a greater counter. */
    private long greatestCounter;

    private long sequence;

    private CellStore(
            StorageEngine engine,
            Durability durability,
            NodeId node,
            Lives lives,
            long sequence,
            long highWater,
            long fewLogKeys) {
        this.engine = engine;
        this.durability = durability;
        this.node = node;
        this.lives = lives;
        this.sequence = sequence;
        this.initialHighWater = highWater;
        this.greatestCounter = highWater;
        this.log = new ChangeLog(engine, sequence, this::read, fewLogKeys);
        this.tombstones = new Tombstones(engine);
        this.cluster =
                record(engine, MemberRecord.CLUSTER.key()).map(bytes -> Membership.decode(ByteBuffer.wrap(bytes)));
    }

    /**
     * Begins a new life of the node whose store this is, or its first: draws an id where there is none, and durably
     * records the new epoch. Always with {@link Durability#SYNC}: an epoch that a power loss could take back would let
     * a tag be used twice.
     */
    static CellStore open(StorageEngine engine, Durability durability, RandomGenerator random) {
        return open(engine, durability, random, FEW_LOG_KEYS);
    }

    /** @param fewLogKeys a log of changes that has fewer keys is left as it is */
    static CellStore open(StorageEngine engine, Durability durability, RandomGenerator random, long fewLogKeys) {
        try {
            Optional<byte[]> storedNode = record(engine, NODE);
            if (storedNode.isEmpty()) {
                requireEmpty(engine);
            }
            NodeId node = new NodeId(
                    storedNode.map(bytes -> ByteBuffer.wrap(bytes).getLong()).orElseGet(random::nextLong));
            ByteBuffer progress =
                    ByteBuffer.wrap(record(engine, PROGRESS).orElseGet(() -> new byte[Long.BYTES + Long.BYTES]));
            long sequence = progress.getLong() + 1;
            long highWater = progress.getLong();
            Lives lives = Lives.decode(record(engine, EPOCHS).orElseGet(() -> new byte[0]))
                    .next(random.nextLong(), sequence);
            WriteBatch batch = new WriteBatch();
            putRecord(batch, NODE, longBytes(node.bits()));
            putRecord(batch, EPOCHS, lives.encoded());
            putRecord(batch, PROGRESS, progress(sequence, highWater));
            engine.write(batch, Durability.SYNC);
            return new CellStore(engine, durability, node, lives, sequence, highWater, fewLogKeys);
        } catch (BufferUnderflowException | MalformedException e) {
            throw new CorruptStoreException("the node's own records in the store are damaged: " + e.getMessage(), e);
        }
    }

    /** What has lost the name of its node may have lost anything. */
    private static void requireEmpty(StorageEngine engine) {
        try (Scan all = engine.scan(new byte[0], new byte[0])) {
            if (all.next()) {
                throw new MalformedException("the id of the node is missing");
            }
        }
    }

    NodeId node() {
        return node;
    }

    Epoch epoch() {
        return lives.present();
    }

    /** The lives of this node, the present one included. */
    Lives lives() {
        return lives;
    }

    /** The members of the formed cluster, as recorded in an earlier life. */
    Optional<Membership> cluster() {
        return cluster;
    }

    /** What is recorded; empty if nothing. */
    byte[] recorded(MemberRecord kind) {
        return recorded(engine, kind);
    }

    /** What is recorded in a store; empty if nothing. */
    static byte[] recorded(StorageEngine engine, MemberRecord kind) {
        try {
            return record(engine, kind.key()).orElseGet(() -> new byte[0]);
        } catch (MalformedException e) {
            throw new CorruptStoreException("a record of the node's own is damaged: " + e.getMessage(), e);
        }
    }

    /**
     * One of the node's own records.
     *
     * @throws MalformedException if it is damaged
     */
    static Optional<byte[]> record(StorageEngine engine, byte[] key) {
        return engine.get(key).map(stored -> Checksum.without(key, stored));
    }

    /** Adds one to a batch. */
    static void putRecord(WriteBatch batch, byte[] key, byte[] content) {
        batch.put(key, Checksum.with(key, content));
    }

    /** The high-water mark at the start of this life. */
    long initialHighWater() {
        return initialHighWater;
    }

    /** The cell of a key, if there is one; it may not be durable yet while {@link #write} runs. */
    @Nullable
    Cell read(Bytes key) {
        byte[] stored = engine.get(cellKey(key)).orElse(null);
        if (stored == null) {
            return null;
        }
        return decode(key, stored);
    }

    /** A cell as it is stored. */
    static Cell decode(Bytes key, byte[] stored) {
        try {
            return Cell.decode(key, stored);
        } catch (MalformedException e) {
            throw new CorruptStoreException("the cell of key " + key + " is damaged: " + e.getMessage(), e);
        }
    }

    /** Reads cells that changed, or all in the order of their keys; at least one if there is one. */
    Stretch scan(ScanJob job) {
        return job.from().isOfAll() ? scanAll(job) : log.read(job);
    }

    private Stretch scanAll(ScanJob job) {
        Map<Bytes, Cell> cells = new LinkedHashMap<>();
        long bytes = 0;
        Bytes last = job.from().after();
        try (Scan scan = engine.scan(cellKey(last), END_OF_CELLS)) {
            while (scan.next()) {
                Bytes key = clientKey(scan.key());
                if (key.equals(last)) {
                    continue;
                }
                Cell cell = decode(key, scan.value().clone());
                bytes += MessageCodec.cellBytes(key, cell);
                if (bytes > job.byteLimit() && !cells.isEmpty()) {
                    return new Stretch(cells, Cursor.ofAll(last));
                }
                cells.put(key, cell);
                last = key;
            }
            return new Stretch(cells, null);
        }
    }

    /** The store sequence of the last batch; for the writer, or before there is one. */
    long sequence() {
        return sequence;
    }

    /** The lowest counter of any tombstone; the greatest number if there is none. */
    long lowestTombstone() {
        return tombstones.lowest();
    }

    /** Up to which store sequence the log of changes was dropped. */
    long trimmed() {
        return log.trimmed();
    }

    /**
     * Stores what is newer of the cells, and the records, as one batch, and drops settled tombstones. A batch of marks
     * only is no step of the store sequence: it would be news to the other members, who would record it, and so on
     * without an end. What it loses in a crash is told, or dropped, again.
     *
     * @return the store sequence of the last durable batch
     */
    long write(WriteJob job) {
        WriteBatch batch = new WriteBatch();
        SortedMap<Bytes, Cell> changed = new TreeMap<>();
        job.cells().forEach((key, cell) -> {
            if (isNew(key, cell)) {
                batch.put(cellKey(key), cell.encoded());
                changed.put(key, cell);
            }
        });
        for (Cell cell : changed.values()) {
            greatestCounter = Math.max(greatestCounter, cell.tag().counter());
        }
        if (!changed.isEmpty()) {
            log(batch, changed, job.heldByAll());
        }
        job.records().forEach((kind, record) -> putRecord(batch, kind.key(), record));
        boolean isRecorded = isAnyRecordedButMarks(job);
        boolean isStep = isRecorded || !changed.isEmpty();
        if (isStep) {
            putRecord(batch, PROGRESS, progress(sequence + 1, job.highWater()));
        }
        dropTombstones(batch, job.settled(), changed);
        if (batch.size() > 0) {
            engine.write(batch, isRecorded ? Durability.SYNC : isStep ? durability : Durability.OS);
            sequence += isStep ? 1 : 0;
        }
        return sequence;
    }

    /** A cell with a greater counter than all in the store needs no look at the one that it replaces. */
    private boolean isNew(Bytes key, Cell cell) {
        return cell.tag().counter() > greatestCounter || cell.isNewerThan(read(key));
    }

    private void log(WriteBatch batch, SortedMap<Bytes, Cell> changed, long heldByAll) {
        if (heldByAll > sequence) {
            log.skip(sequence + 1);
        } else {
            log.add(batch, sequence + 1, changed);
            log.trim(batch, heldByAll);
        }
    }

    private void dropTombstones(WriteBatch batch, long settled, SortedMap<Bytes, Cell> changed) {
        tombstones.drop(batch, settled, changed.keySet(), this::read);
        changed.forEach((key, cell) -> {
            if (cell.isTombstone()) {
                tombstones.add(batch, key, cell);
            }
        });
    }

    private static boolean isAnyRecordedButMarks(WriteJob job) {
        return job.records().keySet().stream().anyMatch(kind -> kind != MemberRecord.MARKS);
    }

    static byte[] progress(long sequence, long highWater) {
        return ByteBuffer.allocate(Long.BYTES + Long.BYTES)
                .putLong(sequence)
                .putLong(highWater)
                .array();
    }

    static byte[] longBytes(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    private static byte[] recordKey(String name) {
        return prefixed(RECORD, name.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] cellKey(Bytes key) {
        return prefixed(CELL, key.array());
    }

    /** The key of a client whose cell the engine keeps under that key. */
    static Bytes clientKey(byte[] cellKey) {
        return Bytes.wrap(Arrays.copyOfRange(cellKey, 1, cellKey.length));
    }

    private static byte[] prefixed(byte kind, byte[] rest) {
        byte[] key = new byte[1 + rest.length];
        key[0] = kind;
        System.arraycopy(rest, 0, key, 1, rest.length);
        return key;
    }
}
