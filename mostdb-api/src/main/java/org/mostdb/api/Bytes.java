package org.mostdb.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An immutable sequence of bytes: a key or a value. Ordered as unsigned bytes, shorter first where one is the other's
 * beginning, which is also the order of keys in a {@link org.mostdb.api.spi.StorageEngine}.
 *
 * <p>Safe for use by many threads.
 */
public final class Bytes implements Comparable<Bytes> {

    /** No bytes at all. As a value it is a value like any other, and not the same as an absent one. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] array;
    private int hash;

    private Bytes(byte[] array) {
        this.array = array;
    }

    /**
     * Wraps an array without copying it.
     *
     * @param array owned by the result from now on; the caller must not change it any more
     */
    public static Bytes wrap(byte[] array) {
        return new Bytes(array);
    }

    /** The UTF-8 bytes of a text. */
    public static Bytes utf8(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The number of bytes. */
    public int size() {
        return array.length;
    }

    /** The array itself, not a copy: for reading only. */
    public byte[] array() {
        return array;
    }

    /** The text of which these are the UTF-8 bytes; a malformed sequence becomes U+FFFD. */
    public String toUtf8() {
        return new String(array, StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(array, other.array);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(array, that.array);
    }

    @Override
    public int hashCode() {
        int h = hash;
        if (h == 0) {
            h = Arrays.hashCode(array);
            hash = h;
        }
        return h;
    }

    /** At most the first 64 bytes as text, and the size; for messages and logs. */
    @Override
    public String toString() {
        String text = new String(array, 0, Math.min(array.length, 64), StandardCharsets.UTF_8);
        return "\"" + text + (array.length > 64 ? "…" : "") + "\" (" + array.length + " bytes)";
    }
}
