package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import java.io.IOException;

/**
 * Cuts a stream of bytes into frames: four bytes of length, most significant first, and as many bytes of message. Takes
 * what the socket gives in whole pieces, so the cost per frame is one copy. Used by one thread.
 */
final class FrameReader {

    /** Where the bytes come from. */
    @FunctionalInterface
    interface Source {

        /** Waits for more bytes, and gives at least one. Throws at the end of the stream. */
        BufferData read() throws IOException;
    }

    private final Source source;
    private final int maxMessageBytes;
    private BufferData piece = BufferData.empty();

    FrameReader(Source source, int maxMessageBytes) {
        this.source = source;
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * Waits for a whole frame.
     *
     * @return its message; empty for a heartbeat
     * @throws FrameException if the length is not allowed: what follows on the stream cannot be understood
     */
    byte[] next() throws IOException {
        int length = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            fill();
            length = (length << Byte.SIZE) | (piece.read() & 0xff);
        }
        // Before the array is made: the length may be garbage, or an attack on our memory.
        if (length < 0 || length > maxMessageBytes) {
            throw new FrameException("the peer announced a message of " + Integer.toUnsignedString(length)
                    + " bytes, allowed are " + maxMessageBytes);
        }
        byte[] message = new byte[length];
        for (int done = 0; done < length; ) {
            fill();
            int count = Math.min(length - done, piece.available());
            done += piece.read(message, done, count);
        }
        return message;
    }

    private void fill() throws IOException {
        if (piece.available() == 0) {
            piece = source.read();
        }
    }
}
