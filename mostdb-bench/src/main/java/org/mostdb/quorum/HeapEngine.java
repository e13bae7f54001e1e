package org.mostdb.quorum;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/** Keeps bytes in a map, so that a benchmark of the protocol measures the protocol. For one thread. */
final class HeapEngine implements StorageEngine {

    private final NavigableMap<Bytes, byte[]> values = new TreeMap<>();

    @Override
    public Optional<byte[]> get(byte[] key) {
        return Optional.ofNullable(values.get(Bytes.wrap(key)));
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(byte[] key, byte[] value) {
                values.put(Bytes.wrap(key), value);
            }

            @Override
            public void delete(byte[] key) {
                values.remove(Bytes.wrap(key));
            }
        });
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        NavigableMap<Bytes, byte[]> behind = values.tailMap(Bytes.wrap(from), true);
        return new HeapScan(to.length == 0 ? behind : behind.headMap(Bytes.wrap(to), false));
    }

    @Override
    public void checkpoint(Path directory) {
        throw new UnsupportedOperationException("there is nothing on disk");
    }

    @Override
    public EngineStats stats() {
        return new EngineStats(0, Map.of());
    }

    @Override
    public void close() {
        values.clear();
    }

    private static final class HeapScan implements Scan {

        private final Iterator<Map.Entry<Bytes, byte[]>> entries;
        private Map.@Nullable Entry<Bytes, byte[]> here;

        private HeapScan(Map<Bytes, byte[]> range) {
            entries = range.entrySet().iterator();
        }

        @Override
        public boolean next() {
            here = entries.hasNext() ? entries.next() : null;
            return here != null;
        }

        @Override
        public byte[] key() {
            return entry().getKey().array();
        }

        @Override
        public byte[] value() {
            return entry().getValue();
        }

        private Map.Entry<Bytes, byte[]> entry() {
            if (here == null) {
                throw new IllegalStateException("the scan is at no entry");
            }
            return here;
        }

        @Override
        public void close() {
            here = null;
        }
    }
}
