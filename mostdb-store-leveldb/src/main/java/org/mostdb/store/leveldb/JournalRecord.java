package org.mostdb.store.leveldb;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.spi.WriteBatch;

/**
 * A batch as it stands in a {@link Journal}: the CRC-32C of all that follows mixed with the {@link JournalHeader}'s
 * salt, the size of the operations, the batch's number, two numbers of earlier batches, and the operations: size of the
 * key, size of the value or -1 for a delete, key, value. Integers are big-endian. A record begins at a multiple of
 * {@value #ALIGNMENT} bytes, so that one can be found behind another that is damaged.
 *
 * @param forced all records up to this number were on disk when this one was written
 * @param applied all batches up to this number were in LevelDB, and on disk there, when this one was written
 * @param operations where they begin
 * @param end the offset behind the record
 */
record JournalRecord(long number, long forced, long applied, int operations, int end) {

    static final int ALIGNMENT = 64;

    private static final int CRC_BYTES = Integer.BYTES;
    private static final int HEADER_BYTES = CRC_BYTES + Integer.BYTES + 3 * Long.BYTES;
    private static final int OPERATION_BYTES = Integer.BYTES + Integer.BYTES;
    private static final int DELETED = -1;

    /** The size of a batch's record. */
    static long bytes(WriteBatch batch) {
        return HEADER_BYTES + (long) OPERATION_BYTES * batch.size() + batch.bytes();
    }

    /** The next offset at which a record can begin. */
    static long aligned(long offset) {
        return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Writes a batch at an offset, where there is room for it. */
    static JournalRecord encode(
            ByteBuffer image, int start, int salt, long number, long forced, long applied, WriteBatch batch) {
        int bytes = Math.toIntExact(bytes(batch));
        ByteBuffer to = image.slice(start, bytes);
        to.putInt(0).putInt(bytes - HEADER_BYTES);
        to.putLong(number).putLong(forced).putLong(applied);
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(byte[] key, byte[] value) {
                int operation = to.position();
                writePut(to, operation, key, value);
                to.position(nextOperation(to, operation));
            }

            @Override
            public void delete(byte[] key) {
                to.putInt(key.length).putInt(DELETED).put(key);
            }
        });
        to.putInt(0, checksum(to.slice(CRC_BYTES, bytes - CRC_BYTES), salt));
        return new JournalRecord(number, forced, applied, start + HEADER_BYTES, start + bytes);
    }

    /** The size of the operation that puts a value. */
    static long putBytes(byte[] key, byte[] value) {
        return OPERATION_BYTES + (long) key.length + value.length;
    }

    /** Writes the operation that puts a value at an offset, where there is room for it. */
    static void writePut(ByteBuffer image, int operation, byte[] key, byte[] value) {
        image.putInt(operation, key.length).putInt(operation + Integer.BYTES, value.length);
        image.put(operation + OPERATION_BYTES, key).put(operation + OPERATION_BYTES + key.length, value);
    }

    private static int checksum(ByteBuffer bytes, int salt) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue() ^ salt;
    }

    /** The record that begins at an offset, or null if no whole one does. */
    static @Nullable JournalRecord at(ByteBuffer content, long offset, int salt) {
        if (offset + HEADER_BYTES > content.limit()) {
            return null;
        }
        int start = (int) offset;
        int size = content.getInt(start + CRC_BYTES);
        if (size < 0 || size > content.limit() - start - HEADER_BYTES) {
            return null;
        }
        int covered = HEADER_BYTES - CRC_BYTES + size;
        if (checksum(content.slice(start + CRC_BYTES, covered), salt) != content.getInt(start)) {
            return null;
        }
        return new JournalRecord(
                numberAt(content, start),
                content.getLong(start + HEADER_BYTES - 2 * Long.BYTES),
                content.getLong(start + HEADER_BYTES - Long.BYTES),
                start + HEADER_BYTES,
                start + HEADER_BYTES + size);
    }

    /** The number that a record at this offset would have; 0 if there is no room for one. */
    static long numberAt(ByteBuffer content, long offset) {
        return offset + HEADER_BYTES > content.limit() ? 0 : content.getLong((int) offset + CRC_BYTES + Integer.BYTES);
    }

    /** The offset of the operation behind that at an offset. */
    static int nextOperation(ByteBuffer image, int operation) {
        return operation + OPERATION_BYTES + image.getInt(operation) + Math.max(0, valueSize(image, operation));
    }

    private static int valueSize(ByteBuffer image, int operation) {
        return image.getInt(operation + Integer.BYTES);
    }

    /** The key of an operation. */
    static byte[] key(ByteBuffer image, int operation) {
        byte[] key = new byte[image.getInt(operation)];
        image.get(operation + OPERATION_BYTES, key);
        return key;
    }

    /** Whether an operation is of this key. Anything, but no exception, if the image is being overwritten. */
    static boolean hasKey(ByteBuffer image, int operation, byte[] key) {
        int start = operation + OPERATION_BYTES;
        if (image.getInt(operation) != key.length || key.length > image.limit() - start) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            if (image.get(start + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    /** Compares the keys of two operations, as {@link java.util.Arrays#compareUnsigned(byte[], byte[])} does. */
    static int compareKeys(ByteBuffer image, int one, int other) {
        int oneSize = image.getInt(one);
        int otherSize = image.getInt(other);
        int both = Math.min(oneSize, otherSize);
        int i = 0;
        while (i + Long.BYTES <= both) {
            int order = Long.compareUnsigned(
                    image.getLong(one + OPERATION_BYTES + i), image.getLong(other + OPERATION_BYTES + i));
            if (order != 0) {
                return order;
            }
            i += Long.BYTES;
        }
        while (i < both) {
            int order = Integer.compare(
                    Byte.toUnsignedInt(image.get(one + OPERATION_BYTES + i)),
                    Byte.toUnsignedInt(image.get(other + OPERATION_BYTES + i)));
            if (order != 0) {
                return order;
            }
            i++;
        }
        return Integer.compare(oneSize, otherSize);
    }

    /**
     * The value of an operation, or null if it is a delete. Any, but no exception, if the image is being overwritten.
     */
    static byte @Nullable [] value(ByteBuffer image, int operation) {
        int size = valueSize(image, operation);
        long start = (long) operation + OPERATION_BYTES + image.getInt(operation);
        if (size < 0 || start < 0 || start + size > image.limit()) {
            return null;
        }
        byte[] value = new byte[size];
        image.get((int) start, value);
        return value;
    }
}
