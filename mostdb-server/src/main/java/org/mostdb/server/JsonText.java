package org.mostdb.server;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes of JSON in the making. Strings are escaped as the original's encoder did, to the byte: besides what JSON asks
 * for, also {@code <}, {@code >}, {@code &}, U+2028 and U+2029.
 */
final class JsonText {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final boolean[] ESCAPED = new boolean[128];

    static {
        Arrays.fill(ESCAPED, 0, 0x20, true);
        for (char c : "\"\\<>&".toCharArray()) {
            ESCAPED[c] = true;
        }
    }

    private byte[] bytes;
    private int size;

    /** @param expectedBytes grows beyond it if it must */
    JsonText(int expectedBytes) {
        bytes = new byte[expectedBytes];
    }

    /** Adds text as it is. */
    JsonText raw(byte[] text) {
        return raw(text, 0, text.length);
    }

    /** Adds ASCII text as it is. */
    JsonText raw(String text) {
        return raw(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Adds a string with its quotes. */
    JsonText string(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a string, given in UTF-8, with its quotes. */
    JsonText string(byte[] utf8) {
        put('"');
        int from = 0;
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b >= 0 ? ESCAPED[b] : isLineSeparator(utf8, i)) {
                raw(utf8, from, i - from);
                i += escape(utf8, i);
                from = i + 1;
            }
        }
        raw(utf8, from, utf8.length - from);
        put('"');
        return this;
    }

    byte[] toBytes() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    /** Writes the escape of the character that begins at a place; returns how many more bytes it took. */
    private int escape(byte[] utf8, int at) {
        byte b = utf8[at];
        switch (b) {
            case '"', '\\' -> put('\\').put((char) b);
            case '\n' -> put('\\').put('n');
            case '\r' -> put('\\').put('r');
            case '\t' -> put('\\').put('t');
            default -> {
                if (b < 0) {
                    raw("\\u202").put(utf8[at + 2] == (byte) 0xA8 ? '8' : '9');
                    return 2;
                }
                raw("\\u00").put((char) HEX[b >> 4]).put((char) HEX[b & 15]);
            }
        }
        return 0;
    }

    private static boolean isLineSeparator(byte[] utf8, int at) {
        return utf8[at] == (byte) 0xE2
                && at + 2 < utf8.length
                && utf8[at + 1] == (byte) 0x80
                && (utf8[at + 2] == (byte) 0xA8 || utf8[at + 2] == (byte) 0xA9);
    }

    private JsonText put(char ascii) {
        ensure(1);
        bytes[size++] = (byte) ascii;
        return this;
    }

    private JsonText raw(byte[] text, int from, int length) {
        ensure(length);
        System.arraycopy(text, from, bytes, size, length);
        size += length;
        return this;
    }

    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
