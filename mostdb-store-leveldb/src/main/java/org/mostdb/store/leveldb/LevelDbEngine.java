package org.mostdb.store.leveldb;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.Snapshot;
import org.iq80.leveldb.WriteOptions;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/**
 * One open LevelDB.
 *
 * <p>A native handle that is used after it was given free ends the process. So each call and each open scan is a party
 * of a {@link Phaser}, one atomic addition at its begin and one at its end; {@code close} adds no new party, waits
 * until the others are gone, and only then closes the database.
 *
 * <p>A write that failed may have left half a record in the log, and what is written behind it could be lost when the
 * log is read again. So after a failed write every further one is refused; reads go on.
 */
final class LevelDbEngine implements StorageEngine {

    private static final int STEADY_READ_ATTEMPTS = 3;
    private static final int COPY_BATCH_BYTES = 1 << 20;

    private final LevelDbProvider provider;
    private final EngineSettings settings;
    private final Path directory;
    private final Path claimed;
    private final DB db;
    private final boolean pureJava;

    private final Phaser calls = new Phaser(1) {
        @Override
        protected boolean onAdvance(int phase, int registeredParties) {
            return true;
        }
    };
    private volatile boolean closing;

    private final Object writer = new Object();
    private final AtomicLong writesBegun = new AtomicLong();
    private boolean unsynced;
    private @Nullable StorageException brokenBy;

    private LevelDbEngine(LevelDbProvider provider, EngineSettings settings, Path claimed, DB db) {
        this.provider = provider;
        this.settings = settings;
        this.directory = settings.directory();
        this.claimed = claimed;
        this.db = db;
        this.pureJava = provider.kind() == LevelDbKind.PURE_JAVA;
    }

    static LevelDbEngine open(LevelDbProvider provider, EngineSettings settings) {
        var options = LevelDbOptions.read(settings);
        Path directory = settings.directory();
        Path claimed = OpenDirectories.claim(directory);
        boolean opened = false;
        try {
            LevelDbFiles.refuseForeign(directory);
            LevelDbFiles.checkAndMend(directory, provider);
            DB db = provider.loadFactory().open(claimed.toFile(), options);
            opened = true;
            return new LevelDbEngine(provider, settings, claimed, db);
        } catch (StorageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw cannotOpen(directory, e);
        } finally {
            if (!opened) {
                OpenDirectories.release(claimed);
            }
        }
    }

    private static StorageException cannotOpen(Path directory, Exception e) {
        String reason = reason(e);
        if (reason.startsWith("IO error: lock ") || reason.startsWith("Unable to acquire lock")) {
            return LevelDbFiles.inUse(directory);
        }
        String sentence = "the store in " + directory + " cannot be opened: " + reason;
        return isCorruption(e) ? new CorruptStoreException(sentence, e) : new StorageException(sentence, e);
    }

    /**
     * Whether it is the files that are wrong, and not what may pass. The native library says so; the pure Java one
     * trips over what it reads, and has exceptions of its own only for the operating system's refusals.
     */
    private static boolean isCorruption(Exception e) {
        Throwable first = firstCause(e);
        String words = String.valueOf(first.getMessage());
        boolean isMissing = first instanceof NoSuchFileException
                || (first instanceof FileNotFoundException && words.contains("No such file"))
                || (words.startsWith("IO error: ") && words.contains("No such file or directory"));
        boolean isUnreadable = first instanceof EOFException
                || first instanceof IllegalArgumentException
                || first instanceof IllegalStateException
                || first instanceof IndexOutOfBoundsException
                || first instanceof BufferUnderflowException;
        // The answer of the operating system to a read behind the end of a file that is shorter than it was.
        boolean isCut = words.startsWith("IO error: ") && words.endsWith("Invalid argument");
        return isMissing || isCut || isUnreadable || words.contains("orruption") || words.contains("orrupted");
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        enter();
        try {
            return Optional.ofNullable(uninterrupted(() -> pureJava ? steadyGet(key) : db.get(key, readOptions())));
        } catch (RuntimeException e) {
            throw failure("cannot read from", e);
        } finally {
            leave();
        }
    }

    /**
     * The pure Java LevelDB looks up its tables without a lock, after it has fixed the point in time of the read. If
     * writes and a compaction come in between, the value of that time is gone, and an older one or none is found, or a
     * table that was just deleted. So a read counts only if no write began meanwhile.
     */
    private byte @Nullable [] steadyGet(byte[] key) {
        for (int attempt = 1; attempt <= STEADY_READ_ATTEMPTS; attempt++) {
            long before = writesBegun.get();
            try {
                byte[] value = db.get(key, readOptions());
                if (writesBegun.get() == before) {
                    return value;
                }
            } catch (RuntimeException e) {
                if (attempt == STEADY_READ_ATTEMPTS) {
                    throw e;
                }
            }
        }
        synchronized (writer) {
            return db.get(key, readOptions());
        }
    }

    private static ReadOptions readOptions() {
        return new ReadOptions().verifyChecksums(true);
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        enter();
        try {
            synchronized (writer) {
                if (brokenBy != null) {
                    throw new StorageException(
                            "the store in " + directory
                                    + " takes no writes since one has failed; start the node again when the cause is mended",
                            brokenBy);
                }
                writesBegun.incrementAndGet();
                uninterrupted(() -> {
                    apply(batch, durability == Durability.SYNC);
                    return null;
                });
            }
        } finally {
            leave();
        }
    }

    private void apply(WriteBatch batch, boolean sync) {
        try {
            if (sync && unsynced) {
                LevelDbFiles.forceLogs(directory);
                unsynced = false;
            }
            if (batch.size() > 0) {
                try (org.iq80.leveldb.WriteBatch updates = db.createWriteBatch()) {
                    batch.forEach(new WriteBatch.Visitor() {
                        @Override
                        public void put(byte[] key, byte[] value) {
                            updates.put(key, value);
                        }

                        @Override
                        public void delete(byte[] key) {
                            updates.delete(key);
                        }
                    });
                    db.write(updates, new WriteOptions().sync(sync));
                }
                unsynced = !sync;
            }
        } catch (IOException | RuntimeException e) {
            brokenBy = failure("cannot write to", e);
            throw brokenBy;
        }
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        enter();
        try {
            return uninterrupted(() -> pureJava ? pinnedScan(from, to) : nativeScan(from, to));
        } catch (RuntimeException e) {
            leave();
            throw failure("cannot read from", e);
        }
    }

    private Scan nativeScan(byte[] from, byte[] to) {
        return begin(db.iterator(readOptions().fillCache(false)), null, from, to);
    }

    /**
     * The pure Java LevelDB keeps the files of a snapshot, but not those of an iterator, and lets a compaction drop
     * what the snapshot would see. Without writes nothing that is visible is dropped, and if a snapshot taken before
     * the iterator equals one taken after it, then both hold the iterator's files.
     */
    private Scan pinnedScan(byte[] from, byte[] to) {
        synchronized (writer) {
            while (true) {
                Snapshot before = db.getSnapshot();
                DBIterator iterator = db.iterator(readOptions().snapshot(before));
                Snapshot after = db.getSnapshot();
                if (before.equals(after)) {
                    return begin(iterator, after, from, to);
                }
                closeAll(iterator, before, after);
            }
        }
    }

    private Scan begin(DBIterator iterator, @Nullable Snapshot snapshot, byte[] from, byte[] to) {
        try {
            if (pureJava && from.length == 0) {
                iterator.seekToFirst();
            } else {
                iterator.seek(from); // the native one reports an error here, and not from seekToFirst
            }
            return new LevelDbScan(this, iterator, snapshot, to);
        } catch (RuntimeException e) {
            closeAll(iterator);
            throw e;
        }
    }

    private void closeAll(java.io.Closeable... parts) {
        for (java.io.Closeable part : parts) {
            try {
                part.close();
            } catch (IOException e) {
                throw failure("cannot read from", e);
            }
        }
    }

    @Override
    public void checkpoint(Path target) {
        try (Scan all = scan(new byte[0], new byte[0])) {
            copy(all, target);
        }
    }

    /** Writes what a scan finds into a new store of the same options. */
    void copy(Scan all, Path target) {
        try {
            prepare(target);
            try (StorageEngine copy = open(provider, new EngineSettings(target, settings.options()))) {
                WriteBatch batch = new WriteBatch();
                while (all.next()) {
                    batch.put(all.key(), all.value());
                    if (batch.bytes() >= COPY_BATCH_BYTES) {
                        copy.write(batch, Durability.OS);
                        batch = new WriteBatch();
                    }
                }
                copy.write(batch, Durability.OS);
                copy.write(new WriteBatch(), Durability.SYNC);
            }
            LevelDbFiles.forceDirectory(target);
        } catch (IOException e) {
            throw new StorageException("cannot copy the store to " + target + ": " + e.getMessage(), e);
        }
    }

    private static void prepare(Path target) throws IOException {
        Files.createDirectories(target);
        try (var files = Files.list(target)) {
            if (files.findAny().isPresent()) {
                throw new StorageException(
                        "cannot copy the store to " + target + ": it is not empty; choose an empty or a new directory");
            }
        }
    }

    @Override
    public EngineStats stats() {
        enter();
        try {
            return LevelDbFiles.stats(directory, tablesToCompact());
        } catch (IOException e) {
            throw failure("cannot measure", e);
        } finally {
            leave();
        }
    }

    /**
     * How many tables of level 0 wait for a compaction: LevelDB slows writes down at 8 of them and holds them at 12.
     * The pure Java one does not tell.
     */
    private OptionalLong tablesToCompact() {
        String number = db.getProperty("leveldb.num-files-at-level0");
        return number == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(number));
    }

    @Override
    public synchronized void close() {
        if (closing) {
            return;
        }
        closing = true;
        calls.awaitAdvance(calls.arrive());
        try {
            uninterrupted(() -> {
                try {
                    db.close();
                } catch (IOException e) {
                    throw failure("cannot close", e);
                }
                return null;
            });
        } finally {
            OpenDirectories.release(claimed);
        }
    }

    private void enter() {
        if (closing || calls.register() < 0) {
            throw new IllegalStateException("the store in " + directory + " is closed");
        }
    }

    /** Ends what {@link #enter} began; for a scan, by its close. */
    void leave() {
        calls.arriveAndDeregister();
    }

    /**
     * Keeps a caller's interrupt away from the pure Java LevelDB, whose files it would close, and hands it on after.
     */
    <T extends @Nullable Object> T uninterrupted(Supplier<T> call) {
        boolean interrupted = pureJava && Thread.interrupted();
        try {
            return call.get();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The sentence for what LevelDB threw. */
    StorageException failure(String what, Exception e) {
        return e instanceof StorageException ours
                ? ours
                : isCorruption(e)
                        ? new CorruptStoreException(what + " the store in " + directory + ": " + reason(e), e)
                        : new StorageException(what + " the store in " + directory + ": " + reason(e), e);
    }

    private static Throwable firstCause(Exception e) {
        Throwable first = e;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return first;
    }

    /** What was said first: both libraries wrap exceptions into others that have no words of their own. */
    private static String reason(Exception e) {
        Throwable first = firstCause(e);
        String message = first.getMessage();
        return message == null
                ? first.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
