package org.mostdb.quorum;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/** Keeps bytes in a hash map, so that a benchmark of the protocol measures the protocol. */
final class HeapEngine implements StorageEngine {

    private final Map<Bytes, byte[]> cells = new ConcurrentHashMap<>();

    @Override
    public Optional<byte[]> get(byte[] key) {
        return Optional.ofNullable(cells.get(Bytes.wrap(key)));
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(byte[] key, byte[] value) {
                cells.put(Bytes.wrap(key), value);
            }

            @Override
            public void delete(byte[] key) {
                cells.remove(Bytes.wrap(key));
            }
        });
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        throw new UnsupportedOperationException("the protocol does not scan");
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
        cells.clear();
    }
}
