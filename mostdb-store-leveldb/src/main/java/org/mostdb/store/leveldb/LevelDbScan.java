package org.mostdb.store.leveldb;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.Snapshot;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Scan;

/** A walk over an iterator of LevelDB. The engine counts it as a call under way until it is closed. */
final class LevelDbScan implements Scan {

    private final LevelDbEngine engine;
    private final DBIterator iterator;
    private final @Nullable Snapshot snapshot;
    private final byte[] to;
    private Map.@Nullable Entry<byte[], byte[]> entry;
    private boolean ended;
    private boolean closed;

    LevelDbScan(LevelDbEngine engine, DBIterator iterator, @Nullable Snapshot snapshot, byte[] to) {
        this.engine = engine;
        this.iterator = iterator;
        this.snapshot = snapshot;
        this.to = to;
    }

    @Override
    public boolean next() {
        if (closed) {
            throw new IllegalStateException("the scan is closed");
        }
        entry = null;
        if (ended) {
            return false;
        }
        try {
            entry = engine.uninterrupted(() -> iterator.hasNext() ? iterator.next() : null);
        } catch (RuntimeException e) {
            ended = true;
            throw engine.failure("cannot read from", e);
        }
        if (entry != null && to.length > 0 && Arrays.compareUnsigned(entry.getKey(), to) >= 0) {
            entry = null;
        }
        ended = entry == null;
        return !ended;
    }

    @Override
    public byte[] key() {
        return here().getKey();
    }

    @Override
    public byte[] value() {
        return here().getValue();
    }

    private Map.Entry<byte[], byte[]> here() {
        Map.Entry<byte[], byte[]> current = entry;
        if (current == null || closed) {
            throw new IllegalStateException("the scan stands at no key");
        }
        return current;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            iterator.close();
            if (snapshot != null) {
                snapshot.close();
            }
        } catch (IOException | RuntimeException e) {
            throw new StorageException("cannot end a scan: " + e.getMessage(), e);
        } finally {
            engine.leave();
        }
    }
}
