package org.mostdb.quorum;

import java.nio.file.Path;
import java.util.Optional;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/** Another engine, for a known-bad variant to do one thing differently. */
class EngineDecorator implements StorageEngine {

    private final StorageEngine engine;

    EngineDecorator(StorageEngine engine) {
        this.engine = engine;
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        return engine.get(key);
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        engine.write(batch, durability);
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        return engine.scan(from, to);
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
