package org.mostdb.api.spi;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Puts and deletes that an engine applies in their order and as one. Not safe for use by several threads. The arrays
 * handed in are owned by the batch, and must not be changed any more.
 */
public final class WriteBatch {

    private static final byte[] NO_VALUE = new byte[0];

    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();
    private final BitSet deletes = new BitSet();
    private long bytes;

    /** Stores a value, which may be empty, under a key, which may not. */
    public WriteBatch put(byte[] key, byte[] value) {
        return add(key, value);
    }

    /** Removes a key. It is not an error if it is not there. */
    public WriteBatch delete(byte[] key) {
        deletes.set(keys.size());
        return add(key, NO_VALUE);
    }

    private WriteBatch add(byte[] key, byte[] value) {
        if (key.length == 0) {
            throw new IllegalArgumentException("a key must not be empty");
        }
        keys.add(key);
        values.add(value);
        bytes += key.length + (long) value.length;
        return this;
    }

    /** The number of operations. */
    public int size() {
        return keys.size();
    }

    /** The bytes of all keys and values. */
    public long bytes() {
        return bytes;
    }

    /** Hands the operations over, in the order in which they were added. */
    public void forEach(Visitor visitor) {
        for (int i = 0; i < keys.size(); i++) {
            if (deletes.get(i)) {
                visitor.delete(keys.get(i));
            } else {
                visitor.put(keys.get(i), values.get(i));
            }
        }
    }

    /** Takes the operations of a batch. The arrays are for reading only. */
    public interface Visitor {

        /** A value was put. */
        void put(byte[] key, byte[] value);

        /** A key was deleted. */
        void delete(byte[] key);
    }
}
