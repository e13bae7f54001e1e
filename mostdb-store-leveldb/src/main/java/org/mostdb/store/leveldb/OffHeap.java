package org.mostdb.store.leveldb;

import java.nio.ByteBuffer;
import org.mostdb.api.StorageException;

/** Memory outside of the heap, where the collector would go on moving what lives for seconds. */
final class OffHeap {

    private OffHeap() {}

    /**
     * @param use what it is for, as "a journal"
     * @param option of the engine that asks for less
     * @throws StorageException if the JVM's bound on such memory leaves no room for it
     */
    static ByteBuffer allocate(int bytes, String use, String option) {
        try {
            return ByteBuffer.allocateDirect(bytes);
        } catch (OutOfMemoryError e) {
            throw new StorageException(
                    "no memory outside of the heap for " + bytes + " bytes of " + use + "; lower " + option
                            + ", or raise -XX:MaxDirectMemorySize, which is -Xmx unless it is set",
                    e);
        }
    }
}
