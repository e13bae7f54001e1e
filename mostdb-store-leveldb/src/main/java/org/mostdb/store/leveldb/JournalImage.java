package org.mostdb.store.leveldb;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.mostdb.api.StorageException;

/**
 * What a file of the {@link Journal} holds, in memory. It is outside of the heap, where the collector would go on
 * moving what lives for seconds.
 */
final class JournalImage {

    private final ByteBuffer bytes;
    private final AtomicInteger scans = new AtomicInteger();

    JournalImage(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** @throws StorageException if the JVM's bound on such memory leaves no room for it */
    static JournalImage allocate(int capacity) {
        try {
            return new JournalImage(ByteBuffer.allocateDirect(capacity));
        } catch (OutOfMemoryError e) {
            throw new StorageException(
                    "no memory outside of the heap for " + capacity
                            + " bytes of a journal; lower journal-mib, or raise -XX:MaxDirectMemorySize, which is -Xmx unless it is set",
                    e);
        }
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
