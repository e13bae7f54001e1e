package org.mostdb.server;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes messages as the frames that {@link FrameReader} reads, many small ones with one write. A message greater than
 * the buffer is written from its own array. Used by one thread.
 */
final class FrameWriter {

    /** No single write is greater, so that a write under way for long means a peer that does not read. */
    static final int MAX_WRITE_BYTES = 64 * 1024;

    /** Where the bytes go. */
    @FunctionalInterface
    interface Target {

        /** Waits until the bytes are taken. */
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    private final Target target;
    private final ByteBuffer buffer = ByteBuffer.allocate(MAX_WRITE_BYTES);

    FrameWriter(Target target) {
        this.target = target;
    }

    /** Appends a frame; what does not fit into the buffer is written. */
    void append(byte[] message) throws IOException {
        boolean buffered = Integer.BYTES + message.length <= buffer.capacity();
        if (buffer.remaining() < Integer.BYTES + (buffered ? message.length : 0)) {
            flush();
        }
        buffer.putInt(message.length);
        if (buffered) {
            buffer.put(message);
            return;
        }
        flush();
        for (int done = 0; done < message.length; ) {
            int count = Math.min(MAX_WRITE_BYTES, message.length - done);
            target.write(message, done, count);
            done += count;
        }
    }

    /** Writes the rest of a frame whose beginning was written before. */
    void rest(byte[] bytes) throws IOException {
        if (bytes.length > 0) {
            flush();
            target.write(bytes, 0, bytes.length);
        }
    }

    /** Writes what is left in the buffer. */
    void flush() throws IOException {
        if (buffer.position() > 0) {
            target.write(buffer.array(), 0, buffer.position());
            buffer.clear();
        }
    }
}
