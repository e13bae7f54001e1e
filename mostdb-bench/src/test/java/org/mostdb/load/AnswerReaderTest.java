package org.mostdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {

    private final AnswerReader answer = new AnswerReader();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 50, 100_000})
    void anAnswerIsReadWhateverPiecesItComesIn(int pieceBytes) throws IOException {
        String found = "HTTP/1.1 200 OK\r\nDate: x\r\ncontent-LENGTH:  100000\r\nConnection: keep-alive\r\n\r\n"
                + "{\"code\":200,\"success\":true,\"result\":{\"key\":\"k\",\"value\":\"";
        String body = found.substring(found.indexOf('{'));
        ReadableByteChannel channel =
                channel(found + "v".repeat(100_000 - body.length()) + StubNode.ok(StubNode.NOT_MOST));

        readWhole(channel, pieceBytes, found.indexOf('{') + 100_000);
        assertTrue(answer.isSuccess());
        assertFalse(answer.isLastOfConnection());

        readWhole(channel, pieceBytes, Integer.MAX_VALUE);
        assertFalse(answer.isSuccess());
        assertEquals("NotMost", answer.failure());
    }

    @Test
    void anotherStatusIsItsFailure() throws IOException {
        readWhole(channel("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), 100, 1_000);

        assertEquals("HTTP 503", answer.failure());
        assertTrue(answer.isLastOfConnection());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
                "220 mail.example.org ESMTP service ready\r\n\r\n"
            })
    void whatIsNoSuchAnswerIsRefused(String text) {
        assertThrows(ProtocolException.class, () -> readWhole(channel(text), 1_000, 1_000));
    }

    @Test
    void headersWithoutAnEndAreRefused() {
        assertThrows(
                ProtocolException.class,
                () -> readWhole(channel("HTTP/1.1 200 OK\r\nA: " + "a".repeat(20_000)), 1_000, 30_000));
    }

    @Test
    void theEndOfTheConnectionIsTold() {
        assertThrows(EOFException.class, () -> readWhole(channel("HTTP/1.1 200"), 5, 1_000));
    }

    private void readWhole(ReadableByteChannel channel, int pieceBytes, int mostBytes) throws IOException {
        answer.clear();
        long left = mostBytes;
        while (true) {
            // The end of one answer is the end of what can be read, as no second one is asked for before.
            CountingChannel piece = new CountingChannel(channel, (int) Math.min(left, pieceBytes));
            if (answer.read(piece)) {
                return;
            }
            left -= piece.count;
        }
    }

    private static ReadableByteChannel channel(String text) {
        return Channels.newChannel(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Gives so many bytes, at most, and tells how many it gave. */
    private static final class CountingChannel implements ReadableByteChannel {

        private final ReadableByteChannel channel;
        private final int mostBytes;
        private int count;

        private CountingChannel(ReadableByteChannel channel, int mostBytes) {
            this.channel = channel;
            this.mostBytes = mostBytes;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            ByteBuffer part = into.slice(into.position(), Math.min(into.remaining(), mostBytes));
            count = channel.read(part);
            into.position(into.position() + Math.max(0, count));
            return count;
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
