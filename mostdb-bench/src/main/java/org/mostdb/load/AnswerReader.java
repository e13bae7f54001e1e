package org.mostdb.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Reads one HTTP/1.1 answer after the other from a connection that is never asked for a second one before it gave the
 * first. Knows of HTTP what the nodes use: a body with its {@code Content-Length}, of which it keeps the beginning.
 */
final class AnswerReader {

    private static final int MOST_BYTES_AT_ONCE = 16 << 10;
    private static final int BODY_BYTES_KEPT = 256;
    private static final int MOST_HEAD_BYTES = MOST_BYTES_AT_ONCE - BODY_BYTES_KEPT;
    private static final int STATUS_AT = "HTTP/1.1 ".length();
    private static final byte[] CONTENT_LENGTH = ascii("content-length:");
    private static final byte[] CONNECTION_CLOSE = ascii("connection: close");
    private static final byte[] SUCCESS = ascii("{\"code\":200,");
    private static final String MESSAGE = "\"message\":\"";

    private final byte[] bytes = new byte[MOST_BYTES_AT_ONCE];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private boolean headIsRead;
    private int status;
    private boolean lastOfConnection;
    private int bodyFrom;
    private int bodyKeptUntil;
    private long bodyBytesLeft;

    /** Makes ready for the next answer. */
    void clear() {
        buffer.clear();
        headIsRead = false;
    }

    /**
     * Reads what there is.
     *
     * @return whether the whole answer has been read
     * @throws EOFException if the other side has closed
     * @throws ProtocolException if what comes is no such answer
     */
    boolean read(ReadableByteChannel channel) throws IOException {
        int count = channel.read(buffer);
        if (count < 0) {
            throw new EOFException();
        }
        if (headIsRead) {
            bodyBytesLeft -= count;
        } else {
            readHead(buffer.position() - count);
        }
        if (!headIsRead) {
            return false;
        }
        if (bodyBytesLeft < 0) {
            throw new ProtocolException("more bytes than the answer has");
        }
        bodyKeptUntil = Math.max(bodyKeptUntil, Math.min(buffer.position(), bodyFrom + BODY_BYTES_KEPT));
        if (!buffer.hasRemaining()) {
            buffer.position(bodyFrom + BODY_BYTES_KEPT);
        }
        return bodyBytesLeft == 0;
    }

    private void readHead(int newFrom) throws ProtocolException {
        int end = buffer.position();
        for (int i = Math.max(newFrom, 3); i < end; i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') {
                parseHead(i - 1);
                bodyFrom = i + 1;
                bodyKeptUntil = bodyFrom;
                bodyBytesLeft -= end - bodyFrom;
                headIsRead = true;
                return;
            }
        }
        if (end > MOST_HEAD_BYTES) {
            throw new ProtocolException("an answer with endless headers");
        }
    }

    private void parseHead(int end) throws ProtocolException {
        if (end < STATUS_AT + 3 || bytes[0] != 'H' || bytes[4] != '/') {
            throw new ProtocolException("not HTTP");
        }
        status = number(STATUS_AT, STATUS_AT + 3);
        lastOfConnection = false;
        bodyBytesLeft = -1;
        int lineFrom = 0;
        for (int i = STATUS_AT; i < end; i++) {
            if (bytes[i] == '\n') {
                parseLine(lineFrom, i - 1);
                lineFrom = i + 1;
            }
        }
        if (bodyBytesLeft < 0) {
            throw new ProtocolException("an answer without Content-Length");
        }
    }

    private void parseLine(int from, int end) throws ProtocolException {
        if (beginsWith(from, end, CONTENT_LENGTH)) {
            int digits = from + CONTENT_LENGTH.length;
            while (digits < end && bytes[digits] == ' ') {
                digits++;
            }
            bodyBytesLeft = number(digits, end);
        } else if (beginsWith(from, end, CONNECTION_CLOSE)) {
            lastOfConnection = true;
        }
    }

    private boolean beginsWith(int from, int end, byte[] lowerCase) {
        if (end - from < lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            byte b = bytes[from + i];
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    private int number(int from, int end) throws ProtocolException {
        long number = 0;
        for (int i = from; i < end; i++) {
            int digit = bytes[i] - '0';
            number = number * 10 + digit;
            if (digit < 0 || digit > 9 || number > Integer.MAX_VALUE) {
                throw new ProtocolException("no number where one belongs");
            }
        }
        return (int) number;
    }

    /** Whether the other side will close the connection after this answer. */
    boolean isLastOfConnection() {
        return lastOfConnection;
    }

    /** Whether the operation succeeded. */
    boolean isSuccess() {
        return status == 200
                && bodyKeptUntil - bodyFrom >= SUCCESS.length
                && beginsWith(bodyFrom, bodyKeptUntil, SUCCESS);
    }

    /** What an answer that is no success says, in a word or two: {@code NotMost}, {@code HTTP 503}. */
    String failure() {
        if (status != 200) {
            return "HTTP " + status;
        }
        String body = new String(bytes, bodyFrom, bodyKeptUntil - bodyFrom, StandardCharsets.UTF_8);
        int from = body.indexOf(MESSAGE);
        int end = from < 0 ? -1 : body.indexOf('"', from + MESSAGE.length());
        return end < 0 ? "an answer of another API" : body.substring(from + MESSAGE.length(), end);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
