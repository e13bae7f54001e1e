package org.mostdb.server;

import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Scan;

/** A walk over a map. */
final class MapScan implements Scan {

    private final Iterator<Map.Entry<Bytes, Bytes>> entries;
    private Map.@Nullable Entry<Bytes, Bytes> entry;
    private boolean closed;

    MapScan(SortedMap<Bytes, Bytes> map) {
        entries = map.entrySet().iterator();
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
        Map.Entry<Bytes, Bytes> present = entry;
        if (present == null) {
            throw new IllegalStateException("the scan stands at no key");
        }
        return present;
    }

    @Override
    public void close() {
        closed = true;
    }
}
