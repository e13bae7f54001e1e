package com.example.mvstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Phaser;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/**
 * One open MVStore with one map. A batch is made and committed to the file under a lock, so that readers see all of it
 * or nothing; the wait for the disk comes after it, so that they never share it. A scan walks over the root of the map
 * as it found it, and tells the store to keep the pages of that version.
 */
final class MvStoreEngine implements StorageEngine {

    private static final int COPY_BATCH_BYTES = 1 << 20;

    private final MvStoreProvider provider;
    private final EngineSettings settings;
    private final MVStore store;
    private final MVMap<byte[], byte[]> map;
    private final Runnable onClose;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Each open scan, and each call that outlasts the lock, is a party. Close is the last one, and waits for all. */
    private final Phaser calls = new Phaser(1) {
        @Override
        protected boolean onAdvance(int phase, int registeredParties) {
            return true;
        }
    };

    private volatile boolean closing;
    private boolean broken;

    MvStoreEngine(MvStoreProvider provider, EngineSettings settings, MVStore store, Runnable onClose) {
        this.provider = provider;
        this.settings = settings;
        this.store = store;
        this.onClose = onClose;
        this.map = store.openMap(
                "cells",
                new MVMap.Builder<byte[], byte[]>()
                        .keyType(ByteArrayDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        enter();
        lock.readLock().lock();
        try {
            return Optional.ofNullable(map.get(key));
        } catch (MVStoreException e) {
            throw failure("cannot read from", e);
        } finally {
            lock.readLock().unlock();
            leave();
        }
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        enter();
        try {
            commit(batch);
            if (durability == Durability.SYNC) {
                store.sync();
            }
        } catch (MVStoreException e) {
            broken = true;
            throw failure("cannot write to", e);
        } finally {
            leave();
        }
    }

    private void commit(WriteBatch batch) {
        lock.writeLock().lock();
        try {
            if (broken) {
                throw new StorageException("the store in " + settings.directory()
                        + " takes no writes since one has failed; start the node again when the cause is mended");
            }
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
            store.commit();
        } catch (MVStoreException e) {
            broken = true;
            throw e;
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        enter();
        lock.readLock().lock();
        try {
            MVStore.TxCounter version = store.registerVersionUsage();
            var cursor = map.cursor(map.getRoot(), from, null, false);
            return new MvStoreScan(cursor, to, () -> {
                store.deregisterVersionUsage(version);
                leave();
            });
        } catch (MVStoreException e) {
            leave();
            throw failure("cannot read from", e);
        } finally {
            lock.readLock().unlock();
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
            try (StorageEngine copy = provider.open(new EngineSettings(target, settings.options()))) {
                WriteBatch batch = new WriteBatch();
                while (scan.next()) {
                    batch.put(scan.key(), scan.value());
                    if (batch.bytes() >= COPY_BATCH_BYTES) {
                        copy.write(batch, Durability.OS);
                        batch = new WriteBatch();
                    }
                }
                copy.write(batch, Durability.SYNC);
            }
        } catch (IOException e) {
            throw new StorageException("cannot copy to " + target + ": " + e.getMessage(), e);
        }
    }

    @Override
    public EngineStats stats() {
        enter();
        try {
            return new EngineStats(store.getFileStore().size(), Map.of("keys", map.sizeAsLong()));
        } catch (MVStoreException e) {
            throw failure("cannot measure", e);
        } finally {
            leave();
        }
    }

    @Override
    public synchronized void close() {
        if (closing) {
            return;
        }
        closing = true;
        calls.awaitAdvance(calls.arrive());
        try {
            // Two scans that end at once may leave their versions in use; the store wants none in use now.
            store.deregisterVersionUsage(store.registerVersionUsage());
            store.close();
        } catch (MVStoreException e) {
            throw failure("cannot close", e);
        } finally {
            onClose.run();
        }
    }

    private void enter() {
        if (closing || calls.register() < 0) {
            throw new IllegalStateException("the store in " + settings.directory() + " is closed");
        }
    }

    private void leave() {
        calls.arriveAndDeregister();
    }

    private StorageException failure(String what, MVStoreException e) {
        return new StorageException(what + " the store in " + settings.directory() + ": " + reason(e), e);
    }

    /** The first line of what the library says, without its version and error code at the end. */
    static String reason(MVStoreException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceAll(" \\[[0-9./]+\\]$", "");
    }
}
