package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/**
 * A LevelDB that gets its writes later, many at a time. A batch is done when it is in a {@link Journal} on the disk and
 * in a table in memory, of which reads and scans know. When a file of the journal is full, another thread writes the
 * table to LevelDB: each key once, in their order, with a sync for each mebibyte. That is a fraction of the work of
 * writing each batch to LevelDB with a sync of its own, and LevelDB's logs are never ahead of the disk by more than one
 * write.
 *
 * <p>A change is looked for where it went last: first in the table that is filled, then in those of the same file that
 * a scan has closed, then in the one that is being written to LevelDB, then in LevelDB, some of whose rows are held in
 * a {@link RowCache}.
 *
 * <p>After a clean close LevelDB holds all, and there is no journal. After any other end, what LevelDB may lack is
 * written to it from the journal before the engine is open; what it has of that already is overwritten with the same.
 *
 * <p>After a failed write every further one is refused, as by LevelDB; so it is when a table could not be written to
 * LevelDB.
 */
final class JournaledEngine implements StorageEngine {

    private static final int FLUSH_BYTES = 1 << 20;
    private static final String JOURNAL_BYTES = "journal-bytes";
    private static final String ROW_CACHE_HITS = "row-cache-hits";
    private static final String ROW_CACHE_MISSES = "row-cache-misses";

    private final LevelDbEngine engine;
    private final RowCache rows;
    private final Path directory;
    private final Journal journal;
    private final int imageBytes;
    private final ExecutorService flusher = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("mostdb-flusher").daemon().factory());

    private final Object writer = new Object();
    private CompletableFuture<Void> flush = CompletableFuture.completedFuture(null);
    private @Nullable StorageException brokenBy;
    private boolean isClosed;
    private volatile @Nullable MemoryTable spare;

    /** Held while a batch enters the table or the tables change, so that reads see all of a batch or nothing. */
    private final StampedLock publishing = new StampedLock();

    private volatile Tables tables;

    /** A scan holds it for reading from when it knows its tables until it has its snapshot of LevelDB. */
    private final ReentrantReadWriteLock beginning = new ReentrantReadWriteLock();

    private volatile boolean closing;

    private JournaledEngine(LevelDbEngine engine, RowCache rows, Path directory, Journal journal, JournalImage first) {
        this.engine = engine;
        this.rows = rows;
        this.directory = directory;
        this.journal = journal;
        this.imageBytes = first.capacity();
        this.tables = Tables.empty(first);
    }

    /**
     * The tables in memory. All but the last are of the image of the file that is being filled.
     *
     * @param filling gets the batches
     * @param closed of the same file of the journal, the newest first
     * @param flushing of the file before, until LevelDB has it
     */
    private record Tables(
            MemoryTable filling,
            List<MemoryTable> closed,
            @Nullable MemoryTable flushing) {

        static Tables empty(JournalImage image) {
            return new Tables(new MemoryTable(image), List.of(), null);
        }

        MemoryTable.@Nullable Change find(byte[] key) {
            MemoryTable.Change change = filling.find(key);
            for (int i = 0; change == null && i < closed.size(); i++) {
                change = closed.get(i).find(key);
            }
            return change == null && flushing != null ? flushing.find(key) : change;
        }

        /**
         * Nothing is added any more to what was filled. Tables of like size are merged, so that there are few, and a
         * change is moved but a few times.
         */
        Tables withFillingClosed() {
            if (filling.size() == 0) {
                return this;
            }
            List<MemoryTable> older = new ArrayList<>(closed);
            MemoryTable newest = filling;
            while (!older.isEmpty() && older.getFirst().size() < 2 * newest.size()) {
                newest = merged(older.removeFirst(), newest);
            }
            older.addFirst(newest);
            return new Tables(new MemoryTable(filling.image()), List.copyOf(older), flushing);
        }

        /** All of the file that is full is to be flushed, and the other one is begun. */
        Tables turned(MemoryTable next) {
            MemoryTable all = filling;
            for (MemoryTable older : closed) {
                all = merged(older, all);
            }
            return new Tables(next, List.of(), all);
        }

        private static MemoryTable merged(MemoryTable older, MemoryTable newer) {
            MemoryTable all = new MemoryTable(older.image());
            all.addAll(older);
            all.addAll(newer);
            return all;
        }

        Tables flushed() {
            return new Tables(filling, closed, null);
        }

        /** With another image, while there is nothing in the present one. */
        Tables with(JournalImage other) {
            return new Tables(new MemoryTable(other), List.of(), flushing);
        }

        List<MemoryTable> toScan() {
            List<MemoryTable> newestFirst = new ArrayList<>(closed);
            if (flushing != null) {
                newestFirst.add(flushing);
            }
            return newestFirst;
        }
    }

    /** Opens a LevelDB, brings into it what an earlier process has left in a journal, and begins one if it is to. */
    static StorageEngine open(LevelDbProvider provider, EngineSettings settings) {
        int journalBytes = LevelDbOptions.journalBytes(settings);
        long rowCacheBytes = LevelDbOptions.rowCacheBytes(settings);
        LevelDbEngine engine = LevelDbEngine.open(provider, settings);
        Path directory = settings.directory();
        boolean opened = false;
        try {
            JournalRecovery.read(directory).forEach(changes -> write(changes, engine));
            StorageEngine result = engine;
            if (journalBytes == 0) {
                Journal.delete(directory);
            } else {
                JournalImage first = JournalImage.allocate(journalBytes);
                RowCache rows = new RowCache(rowCacheBytes);
                result = new JournaledEngine(engine, rows, directory, Journal.create(directory, journalBytes), first);
            }
            opened = true;
            return result;
        } catch (IOException e) {
            throw new StorageException(
                    "the journal of the store in " + directory + " cannot be opened: " + e.getMessage(), e);
        } finally {
            if (!opened) {
                engine.close();
            }
        }
    }

    private static void write(MemoryTable changes, StorageEngine engine) {
        WriteBatch batch = new WriteBatch();
        int[] places = changes.sorted();
        for (int i = 0; i < changes.size(); i++) {
            int place = places[i];
            byte[] value = changes.change(place).value();
            if (value == null) {
                batch.delete(changes.key(place));
            } else {
                batch.put(changes.key(place), value);
            }
            if (batch.bytes() >= FLUSH_BYTES) {
                engine.write(batch, Durability.SYNC);
                batch = new WriteBatch();
            }
        }
        engine.write(batch, Durability.SYNC);
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        requireOpen();
        long generation = rows.generation();
        MemoryTable.Change change = find(key);
        if (change != null) {
            return Optional.ofNullable(change.value());
        }
        byte[] held = rows.get(key);
        if (held != null) {
            return Optional.of(held);
        }
        Optional<byte[]> row = engine.get(key);
        if (row.isPresent()) {
            rows.put(key, row.get(), generation);
        }
        return row;
    }

    private MemoryTable.@Nullable Change find(byte[] key) {
        long stamp = publishing.tryOptimisticRead();
        if (stamp != 0) {
            MemoryTable.Change change = tables.find(key);
            if (publishing.validate(stamp)) {
                return change;
            }
        }
        stamp = publishing.readLock();
        try {
            return tables.find(key);
        } finally {
            publishing.unlockRead(stamp);
        }
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        boolean interrupted = Thread.interrupted(); // it would close the journal's file
        try {
            synchronized (writer) {
                requireOpen();
                requireUnbroken();
                writeWhole(batch, durability);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void requireUnbroken() {
        if (brokenBy != null) {
            throw new StorageException(
                    "the store in " + directory
                            + " takes no writes since one has failed; start the node again when the cause is mended",
                    brokenBy);
        }
    }

    private void writeWhole(WriteBatch batch, Durability durability) {
        try {
            enterJournal(batch, durability);
        } catch (IOException | RuntimeException e) {
            brokenBy = e instanceof StorageException ours
                    ? ours
                    : new StorageException("cannot write to the store in " + directory + ": " + e.getMessage(), e);
            throw brokenBy;
        }
    }

    private void enterJournal(WriteBatch batch, Durability durability) throws IOException {
        if (flush.isCompletedExceptionally()) {
            awaitFlush();
        }
        JournalRecord record = batch.size() > 0 ? append(batch) : null;
        if (durability == Durability.SYNC) {
            journal.force();
        }
        if (record != null) {
            long stamp = publishing.writeLock();
            try {
                tables.filling().add(record);
            } finally {
                publishing.unlockWrite(stamp);
            }
        }
    }

    private JournalRecord append(WriteBatch batch) throws IOException {
        if (journal.isTooFullFor(batch)) {
            turn();
        }
        int bytes = Math.toIntExact(Journal.imageBytes(batch));
        if (bytes > tables.filling().image().capacity()) {
            // It is the first of its file, so nothing is in the tables of this file.
            JournalImage large = JournalImage.allocate(bytes);
            change(now -> now.with(large));
        }
        return journal.append(tables.filling().image(), batch);
    }

    /** Goes on in the other file of the journal. The table that was written to LevelDB last was that file's. */
    private void turn() throws IOException {
        awaitFlush();
        MemoryTable next = spare != null ? spare : new MemoryTable(JournalImage.allocate(imageBytes));
        spare = null;
        journal.turn(tables.filling().image());
        long last = journal.lastNumber();
        change(now -> now.turned(next));
        flush = CompletableFuture.runAsync(() -> flush(last), flusher);
    }

    /** Writes the table to be flushed to LevelDB; it has what the journal has of batches up to a number. */
    private void flush(long last) {
        MemoryTable full;
        // No scan that does not know this table is still without its snapshot then, so none sees what comes now.
        beginning.writeLock().lock();
        try {
            full = Objects.requireNonNull(tables.flushing());
        } finally {
            beginning.writeLock().unlock();
        }
        write(full, engine);
        journal.setApplied(last);
        rows.drop(full);
        change(Tables::flushed);
        if (full.image().capacity() == imageBytes && !full.image().isRetained()) {
            spare = full.emptied();
        }
    }

    private void change(UnaryOperator<Tables> how) {
        long stamp = publishing.writeLock();
        try {
            tables = how.apply(tables);
        } finally {
            publishing.unlockWrite(stamp);
        }
    }

    private void awaitFlush() {
        try {
            flush.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StorageException failed
                    ? failed
                    : new StorageException("cannot write to the store in " + directory + ": " + e.getCause(), e);
        }
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        requireOpen();
        beginning.readLock().lock();
        try {
            List<MemoryTable> newer = closeFilling();
            boolean opened = false;
            try {
                Scan scan = MergedScan.over(newer, engine.scan(from, to), from, to);
                opened = true;
                return scan;
            } finally {
                if (!opened) {
                    newer.forEach(table -> table.image().release());
                }
            }
        } finally {
            beginning.readLock().unlock();
        }
    }

    /** Returns all tables, to which nothing is added any more, with their images retained. */
    private List<MemoryTable> closeFilling() {
        long stamp = publishing.writeLock();
        try {
            tables = tables.withFillingClosed();
            List<MemoryTable> all = tables.toScan();
            all.forEach(table -> table.image().retain());
            return all;
        } finally {
            publishing.unlockWrite(stamp);
        }
    }

    @Override
    public void checkpoint(Path target) {
        try (Scan all = scan(new byte[0], new byte[0])) {
            engine.copy(all, target);
        }
    }

    @Override
    public EngineStats stats() {
        requireOpen();
        EngineStats below = engine.stats();
        Map<String, Long> figures = new HashMap<>(below.figures());
        figures.put(JOURNAL_BYTES, journal.filledBytes());
        figures.put(ROW_CACHE_HITS, rows.hits());
        figures.put(ROW_CACHE_MISSES, rows.misses());
        return new EngineStats(below.bytesOnDisk(), figures);
    }

    private void requireOpen() {
        if (closing) {
            throw new IllegalStateException("the store in " + directory + " is closed");
        }
    }

    /** Writes all to LevelDB, unless a write has failed: then the journal is left for the next start. */
    @Override
    public synchronized void close() {
        closing = true;
        boolean interrupted = Thread.interrupted(); // as in a write
        try {
            synchronized (writer) {
                if (!isClosed) {
                    isClosed = true;
                    closeAll();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeAll() {
        try (engine;
                flusher;
                journal) {
            if (brokenBy == null) {
                awaitFlush();
                change(now -> now.turned(new MemoryTable(now.filling().image())));
                flush(journal.lastNumber());
                journal.closeAndDelete();
            }
        } catch (IOException e) {
            throw new StorageException("cannot close the store in " + directory + ": " + e.getMessage(), e);
        }
    }
}
