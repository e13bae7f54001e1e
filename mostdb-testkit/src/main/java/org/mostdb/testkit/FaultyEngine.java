package org.mostdb.testkit;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.mostdb.api.Bytes;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/**
 * Stands before any engine, and fails where a test wants it to: chosen writes and reads end in a
 * {@link StorageException}, and writes that were not synced can be lost as by a power loss. Does nothing of its own
 * until it is told to.
 */
public final class FaultyEngine implements StorageEngine {

    /** What becomes of a write. */
    public enum WriteOutcome {

        /** It is done. */
        DONE,

        /** It fails, and nothing of it is applied. */
        FAILED,

        /** It fails, although all of it is applied. */
        FAILED_BUT_APPLIED
    }

    /** Decides on a write before it is done. */
    @FunctionalInterface
    public interface WriteFault {

        /** Called by the writing thread. */
        WriteOutcome outcome(WriteBatch batch, Durability durability);
    }

    private final StorageEngine engine;
    private volatile WriteFault writeFault = (batch, durability) -> WriteOutcome.DONE;
    private volatile Runnable applied = () -> {};
    private volatile Predicate<Bytes> readFault = key -> false;

    /** What takes each unsynced write back, the newest first. Guarded by itself. */
    private final Deque<WriteBatch> undo = new ArrayDeque<>();

    /** Stands before an engine, which is closed with this one. */
    public FaultyEngine(StorageEngine engine) {
        this.engine = engine;
    }

    /** Asks about every write from now on. */
    public void onWrite(WriteFault fault) {
        writeFault = fault;
    }

    /** Runs before each write ends from now on, when it can be read but is not called durable yet. */
    public void onApplied(Runnable action) {
        applied = action;
    }

    /**
     * Asks about every read from now on: of a get its key, of a scan where it begins.
     *
     * @param fails called by the reading thread; true to fail the read
     */
    public void onRead(Predicate<Bytes> fails) {
        readFault = fails;
    }

    /** Ends all faults. */
    public void heal() {
        onWrite((batch, durability) -> WriteOutcome.DONE);
        onApplied(() -> {});
        onRead(key -> false);
    }

    /** How many writes would be lost by a power loss now. */
    public int unsyncedWrites() {
        synchronized (undo) {
            return undo.size();
        }
    }

    /**
     * Takes back the writes since the last synced one, but for the oldest of them: what is left is what stood on the
     * disk at some moment. Not to be called during a write.
     *
     * @param kept how many of the unsynced writes had reached the disk
     */
    public void loseUnsynced(int kept) {
        synchronized (undo) {
            while (undo.size() > kept) {
                engine.write(undo.pop(), Durability.OS);
            }
            undo.clear();
        }
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        failRead(key);
        return engine.get(key);
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        WriteOutcome outcome = writeFault.outcome(batch, durability);
        if (outcome == WriteOutcome.FAILED) {
            throw new StorageException("a write failed, as the test wants it");
        }
        WriteBatch takesBack = inverse(batch);
        engine.write(batch, durability);
        synchronized (undo) {
            if (durability == Durability.SYNC) {
                undo.clear();
            } else {
                undo.push(takesBack);
            }
        }
        applied.run();
        if (outcome == WriteOutcome.FAILED_BUT_APPLIED) {
            throw new StorageException("a write failed after it was applied, as the test wants it");
        }
    }

    private WriteBatch inverse(WriteBatch batch) {
        List<byte[]> keys = new ArrayList<>();
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(byte[] key, byte[] value) {
                keys.add(key);
            }

            @Override
            public void delete(byte[] key) {
                keys.add(key);
            }
        });
        WriteBatch inverse = new WriteBatch();
        for (byte[] key : keys) {
            engine.get(key).ifPresentOrElse(value -> inverse.put(key, value), () -> inverse.delete(key));
        }
        return inverse;
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        failRead(from);
        return engine.scan(from, to);
    }

    private void failRead(byte[] key) {
        if (readFault.test(Bytes.wrap(key))) {
            throw new StorageException("a read failed, as the test wants it");
        }
    }

    @Override
    public void checkpoint(Path directory) {
        engine.checkpoint(directory);
    }

    @Override
    public EngineStats stats() {
        return engine.stats();
    }

    @Override
    public void close() {
        engine.close();
    }
}
