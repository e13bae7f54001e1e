package com.example.mvstore;

import java.util.Arrays;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVStoreException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Scan;

/** A walk over one version of the map. */
final class MvStoreScan implements Scan {

    private final Cursor<byte[], byte[]> cursor;
    private final byte[] to;
    private final Runnable onClose;
    private byte[] key;
    private boolean ended;
    private boolean closed;

    MvStoreScan(Cursor<byte[], byte[]> cursor, byte[] to, Runnable onClose) {
        this.cursor = cursor;
        this.to = to;
        this.onClose = onClose;
    }

    @Override
    public boolean next() {
        if (closed) {
            throw new IllegalStateException("the scan is closed");
        }
        try {
            key = !ended && cursor.hasNext() ? cursor.next() : null;
        } catch (MVStoreException e) {
            throw new StorageException("cannot read from the store: " + MvStoreEngine.reason(e), e);
        }
        ended = key == null || (to.length > 0 && Arrays.compareUnsigned(key, to) >= 0);
        return !ended;
    }

    @Override
    public byte[] key() {
        return key;
    }

    @Override
    public byte[] value() {
        return cursor.getValue();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
