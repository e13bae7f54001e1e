package org.mostdb.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.mostdb.api.Bytes;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;

/** A sorted map under a lock. A scan walks over a copy of its range. */
final class MemoryEngine implements StorageEngine {

    /** What one directory holds; outlives the engine. */
    static final class Content {
        final NavigableMap<Bytes, Bytes> map = new TreeMap<>();
        final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        final AtomicBoolean open = new AtomicBoolean();
    }

    private final StorageEngineProvider provider;
    private final Path directory;
    private final Content content;
    private final Phaser scans = new Phaser(1) {
        @Override
        protected boolean onAdvance(int phase, int registeredParties) {
            return true;
        }
    };
    private volatile boolean closing;

    MemoryEngine(StorageEngineProvider provider, Path directory, Content content) {
        this.provider = provider;
        this.directory = directory;
        this.content = content;
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        content.lock.readLock().lock();
        try {
            requireOpen();
            return Optional.ofNullable(content.map.get(Bytes.wrap(key))).map(Bytes::array);
        } finally {
            content.lock.readLock().unlock();
        }
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        content.lock.writeLock().lock();
        try {
            requireOpen();
            batch.forEach(new WriteBatch.Visitor() {
                @Override
                public void put(byte[] key, byte[] value) {
                    content.map.put(Bytes.wrap(key), Bytes.wrap(value));
                }

                @Override
                public void delete(byte[] key) {
                    content.map.remove(Bytes.wrap(key));
                }
            });
        } finally {
            content.lock.writeLock().unlock();
        }
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        content.lock.readLock().lock();
        try {
            requireOpen();
            if (scans.register() < 0) {
                throw closed();
            }
            Bytes first = Bytes.wrap(from);
            Bytes end = Bytes.wrap(to);
            NavigableMap<Bytes, Bytes> range = new TreeMap<>();
            if (to.length == 0) {
                range.putAll(content.map.tailMap(first, true));
            } else if (first.compareTo(end) < 0) {
                range.putAll(content.map.subMap(first, true, end, false));
            }
            return new MemoryScan(range, scans::arriveAndDeregister);
        } finally {
            content.lock.readLock().unlock();
        }
    }

    @Override
    public void checkpoint(Path target) {
        try (Scan scan = scan(new byte[0], new byte[0])) {
            Files.createDirectories(target);
            try (var files = Files.list(target)) {
                if (files.findAny().isPresent()) {
                    throw new StorageException("cannot copy to " + target + ": it is not empty; choose another");
                }
            }
            WriteBatch all = new WriteBatch();
            while (scan.next()) {
                all.put(scan.key(), scan.value());
            }
            try (StorageEngine copy = provider.open(new EngineSettings(target, Map.of()))) {
                copy.write(all, Durability.SYNC);
            }
        } catch (IOException e) {
            throw new StorageException("cannot copy to " + target + ": " + e.getMessage(), e);
        }
    }

    @Override
    public EngineStats stats() {
        requireOpen();
        return new EngineStats(0, Map.of("keys", (long) content.map.size()));
    }

    @Override
    public synchronized void close() {
        if (closing) {
            return;
        }
        closing = true;
        scans.awaitAdvance(scans.arrive());
        // Calls under way hold the lock, and none begins any more.
        content.lock.writeLock().lock();
        try {
            content.open.set(false);
        } finally {
            content.lock.writeLock().unlock();
        }
    }

    private void requireOpen() {
        if (closing) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("the store in " + directory + " is closed");
    }
}
