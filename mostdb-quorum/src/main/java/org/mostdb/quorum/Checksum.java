package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.mostdb.api.Bytes;

/**
 * The last four bytes of all that is stored: a CRC32C over the key and everything before them. An engine may verify
 * less of what it reads, or nothing, and a value that stands under another key is as wrong as one with another byte.
 */
final class Checksum {

    static final int BYTES = Integer.BYTES;

    private Checksum() {}

    /** Computes the last four bytes of what is to be stored under a key. */
    static void complete(byte[] key, byte[] stored) {
        int end = stored.length - BYTES;
        ByteBuffer.wrap(stored).putInt(end, of(key, stored, end));
    }

    /** Whether they are those of these bytes under this key. */
    static boolean isRight(byte[] key, byte[] stored) {
        int end = stored.length - BYTES;
        return end >= 0 && ByteBuffer.wrap(stored).getInt(end) == of(key, stored, end);
    }

    /** A record with its checksum. */
    static byte[] with(byte[] key, byte[] content) {
        byte[] stored = Arrays.copyOf(content, content.length + BYTES);
        complete(key, stored);
        return stored;
    }

    /**
     * A record without its checksum.
     *
     * @throws MalformedException if it is damaged, or another record
     */
    static byte[] without(byte[] key, byte[] stored) {
        if (!isRight(key, stored)) {
            throw new MalformedException("the checksum of " + Bytes.wrap(key) + " is wrong");
        }
        return Arrays.copyOf(stored, stored.length - BYTES);
    }

    private static int of(byte[] key, byte[] stored, int end) {
        CRC32C crc = new CRC32C();
        crc.update(key, 0, key.length);
        crc.update(stored, 0, end);
        return (int) crc.getValue();
    }
}
