package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An HTTP connection after its upgrade, from either end. One thread may read while another writes; any may close, which
 * ends both with an {@link IOException}.
 */
interface PeerSocket {

    /** Waits for bytes and takes all that have come. */
    BufferData read() throws IOException;

    /** Waits until the bytes are taken. */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Takes what can be taken without waiting, and perhaps nothing. Not while another thread writes. */
    void writeAtOnce(ByteBuffer bytes) throws IOException;

    /** Harmless if it is closed. */
    void close();

    /** The last words of a chain of exceptions, which name the cause. */
    static String rootMessage(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }
}
