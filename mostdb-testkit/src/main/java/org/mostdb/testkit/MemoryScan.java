package org.mostdb.testkit;

import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Scan;

/** A walk over a map that nobody changes. For one thread at a time, as any {@link Scan}. */
public final class MemoryScan implements Scan {

    private final Iterator<Map.Entry<Bytes, Bytes>> entries;
    private final Runnable onClose;
    private Map.@Nullable Entry<Bytes, Bytes> entry;
    private boolean closed;

    /** @param range in the order of its keys */
    public MemoryScan(SortedMap<Bytes, Bytes> range) {
        this(range, () -> {});
    }

    MemoryScan(SortedMap<Bytes, Bytes> range, Runnable onClose) {
        this.entries = range.entrySet().iterator();
        this.onClose = onClose;
    }

    @Override
    public boolean next() {
        if (closed) {
            throw new IllegalStateException("the scan is closed");
        }
        entry = entries.hasNext() ? entries.next() : null;
        return entry != null;
    }

    @Override
    public byte[] key() {
        return here().getKey().array();
    }

    @Override
    public byte[] value() {
        return here().getValue().array();
    }

    private Map.Entry<Bytes, Bytes> here() {
        Map.Entry<Bytes, Bytes> current = entry;
        if (current == null) {
            throw new IllegalStateException("the scan stands at no key");
        }
        return current;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
