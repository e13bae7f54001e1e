package org.mostdb.server;

/**
 * How the heap is shared out where the settings leave it open: so that a node with a small one refuses what does not
 * fit instead of running out of it.
 */
final class HeapLimits {

    /** Classes, caches and buffers that a node has in any case, and room for the collector. */
    private static final long OWN_BYTES = 24L << 20;

    /** A busy connection: 16 KiB of buffers, about as much of its thread's stack while it waits within a request. */
    private static final long CONNECTION_BYTES = 32 * 1024;

    private static final long MOST_CONNECTIONS = 10_000;

    private static final long MOST_QUEUE_BYTES = 64L << 20;

    private final long freeBytes;

    /** @param heapBytes how great the heap may become */
    HeapLimits(long heapBytes) {
        freeBytes = Math.max(heapBytes - OWN_BYTES, heapBytes / 4);
    }

    static HeapLimits ofThisProcess() {
        return new HeapLimits(Runtime.getRuntime().maxMemory());
    }

    /** Connections of clients: a third. */
    long connections() {
        return Math.clamp(freeBytes / 3 / CONNECTION_BYTES, 1, MOST_CONNECTIONS);
    }

    /** What requests hold: a fourth. */
    long requestBytes() {
        return freeBytes / 4;
    }

    /** Operations at the policy: an eighth. */
    long queueBytes() {
        return Math.min(MOST_QUEUE_BYTES, freeBytes / 8);
    }

    /** Messages that wait to be written, for all peers together: an eighth. */
    long peerQueueBytes() {
        return freeBytes / 8;
    }
}
