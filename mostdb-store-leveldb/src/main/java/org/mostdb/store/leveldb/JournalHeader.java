package org.mostdb.store.leveldb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a file of a {@link Journal} begins with: the name and version of the format, the salt, and the CRC-32C of both.
 * It is on the disk before the first record, and is never overwritten.
 *
 * @param salt is mixed into the checksum of each record of this journal. It is drawn anew for each one, so that nobody
 *     can write a value that reads as records of the journal that it stands in.
 */
record JournalHeader(int salt) {

    /** Its size, and the offset of the first record. */
    static final int BYTES = JournalRecord.ALIGNMENT;

    private static final byte[] FORMAT = "mostdbj1".getBytes(StandardCharsets.US_ASCII);
    private static final int COVERED_BYTES = FORMAT.length + Integer.BYTES;

    ByteBuffer encode() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).put(FORMAT).putInt(salt);
        return bytes.putInt(checksum(bytes.array())).clear();
    }

    /** The header of a file, or null if it has none that is whole. */
    static @Nullable JournalHeader read(ByteBuffer content) {
        if (content.limit() < BYTES) {
            return null;
        }
        byte[] bytes = new byte[BYTES];
        content.get(0, bytes);
        JournalHeader header = new JournalHeader(content.getInt(FORMAT.length));
        return header.encode().equals(ByteBuffer.wrap(bytes)) ? header : null;
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, COVERED_BYTES);
        return (int) crc.getValue();
    }
}
