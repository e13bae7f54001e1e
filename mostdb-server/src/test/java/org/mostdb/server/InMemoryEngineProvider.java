package org.mostdb.server;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;

/** An engine that forgets, called {@code memory}. */
public final class InMemoryEngineProvider implements StorageEngineProvider {

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String format() {
        return "memory-1";
    }

    @Override
    public Set<String> options() {
        return Set.of("block-cache-mib");
    }

    @Override
    public StorageEngine open(EngineSettings settings) {
        settings.number("block-cache-mib", 8, 1, 1024);
        return new Engine();
    }

    private static final class Engine implements StorageEngine {

        private final ConcurrentSkipListMap<byte[], byte[]> map = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);

        @Override
        public Optional<byte[]> get(byte[] key) {
            return Optional.ofNullable(map.get(key));
        }

        @Override
        public void write(WriteBatch batch, Durability durability) {
            batch.forEach(new WriteBatch.Visitor() {
                @Override
                public void put(byte[] key, byte[] value) {
                    map.put(key, value);
                }

                @Override
                public void delete(byte[] key) {
                    map.remove(key);
                }
            });
        }

        @Override
        public Scan scan(byte[] from, byte[] to) {
            throw new StorageException("not needed in these tests");
        }

        @Override
        public void checkpoint(Path directory) {
            throw new StorageException("not needed in these tests");
        }

        @Override
        public EngineStats stats() {
            return new EngineStats(42, Map.of("block-cache-bytes", 7L));
        }

        @Override
        public void close() {}
    }
}
