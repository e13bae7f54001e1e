package org.mostdb.store.leveldb;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** What a file of the {@link Journal} holds, in memory, {@link OffHeap}. */
final class JournalImage {

    private final ByteBuffer bytes;
    private final AtomicInteger scans = new AtomicInteger();

    JournalImage(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** @throws org.mostdb.api.StorageException if the JVM's bound on such memory leaves no room for it */
    static JournalImage allocate(int capacity) {
        return new JournalImage(OffHeap.allocate(capacity, "a journal", "journal-mib"));
    }

    /** For absolute reads and writes only, since there are several readers. */
    ByteBuffer bytes() {
        return bytes;
    }

    int capacity() {
        return bytes.capacity();
    }

    /** A scan begins to read it. */
    void retain() {
        scans.incrementAndGet();
    }

    /** A scan ends. */
    void release() {
        scans.decrementAndGet();
    }

    /** Whether a scan reads it. */
    boolean isRetained() {
        return scans.get() > 0;
    }
}
