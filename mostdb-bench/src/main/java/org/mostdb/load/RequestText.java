package org.mostdb.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Requests as the bytes that are sent. For one thread. */
final class RequestText {

    private static final byte[] KEY = ascii("{\"key\":\"k");
    private static final byte[] VALUE = ascii("\",\"value\":\"");
    private static final byte[] END = ascii("\"}");
    private static final byte[] LETTERS = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    /** So much that no compression within a block of a table sees the same part of it twice, but seldom. */
    private static final int NOISE_BYTES = 1 << 20;

    private static final int MOST_DIGITS = 10;
    private static final int MOST_BYTES_AROUND = 256;

    private final int valueBytes;
    private final byte[] noise;
    private final SplittableRandom random;
    private final byte[] digits = new byte[MOST_DIGITS];

    RequestText(int valueBytes, SplittableRandom random) {
        this.valueBytes = valueBytes;
        this.random = random;
        noise = new byte[NOISE_BYTES + valueBytes];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = LETTERS[random.nextInt(LETTERS.length)];
        }
    }

    /** What comes before the length of the body, for each operation. */
    static Map<Operation, byte[]> heads(Target target, LoadPlan plan) {
        Map<Operation, byte[]> heads = new EnumMap<>(Operation.class);
        for (Operation operation : Operation.values()) {
            StringBuilder head = new StringBuilder("POST " + target.path(operation) + " HTTP/1.1\r\nHost: "
                    + target.host() + "\r\nContent-Type: application/json\r\n");
            plan.header()
                    .ifPresent(header -> head.append(header.name())
                            .append(": ")
                            .append(header.value())
                            .append("\r\n"));
            heads.put(operation, ascii(head + "Content-Length: "));
        }
        return heads;
    }

    /** A buffer that any request fits in. */
    ByteBuffer buffer(int mostHeadBytes) {
        return ByteBuffer.allocateDirect(mostHeadBytes + valueBytes + MOST_BYTES_AROUND);
    }

    /** Puts one request into an empty buffer, and flips it. A value is noise that does not compress. */
    void put(ByteBuffer out, byte[] head, Operation operation, int key) {
        int keyDigits = digits(key);
        boolean hasValue = operation == Operation.SET;
        int length = KEY.length + keyDigits + (hasValue ? VALUE.length + valueBytes : 0) + END.length;
        out.put(head);
        putNumber(out, length);
        out.put((byte) '\r').put((byte) '\n').put((byte) '\r').put((byte) '\n').put(KEY);
        putNumber(out, key);
        if (hasValue) {
            out.put(VALUE).put(noise, random.nextInt(NOISE_BYTES), valueBytes);
        }
        out.put(END).flip();
    }

    private void putNumber(ByteBuffer out, int number) {
        int count = digits(number);
        int rest = number;
        for (int i = count - 1; i >= 0; i--) {
            digits[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        out.put(digits, 0, count);
    }

    private static int digits(int number) {
        int count = 1;
        for (int rest = number; rest >= 10; rest /= 10) {
            count++;
        }
        return count;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
