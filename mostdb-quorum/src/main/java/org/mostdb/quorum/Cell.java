package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;

/**
 * What a replica keeps for a key: a tag, and a value or a tombstone. Holds the very bytes that go to the disk and over
 * the wire, so that a write is encoded once, and its coordinator's checksum follows it to the last reader.
 *
 * <p>Format: version (1 byte, 2), kind (1 byte, 0 = tombstone, 1 = value), tag (28 bytes), the value's bytes,
 * {@link Checksum} over the client's key and all this (4 bytes).
 */
final class Cell {

    /** What a cell takes beside its value. */
    static final int FRAME_BYTES = 2 + Tag.BYTES + Checksum.BYTES;

    private static final int HEADER_BYTES = 2 + Tag.BYTES;
    private static final byte VERSION = 2;
    private static final byte TOMBSTONE = 0;
    private static final byte VALUE = 1;

    private final Tag tag;
    private final byte[] encoded;

    private Cell(Tag tag, byte[] encoded) {
        this.tag = tag;
        this.encoded = encoded;
    }

    /**
     * A cell for a new write.
     *
     * @param value null for a tombstone
     */
    static Cell of(Bytes key, Tag tag, @Nullable Bytes value) {
        int valueBytes = value == null ? 0 : value.size();
        ByteBuffer buffer = ByteBuffer.allocate(FRAME_BYTES + valueBytes);
        buffer.put(VERSION).put(value == null ? TOMBSTONE : VALUE);
        tag.encode(buffer);
        if (value != null) {
            buffer.put(value.array());
        }
        Checksum.complete(key.array(), buffer.array());
        return new Cell(tag, buffer.array());
    }

    /**
     * The cell of a key.
     *
     * @param encoded owned by the cell from now on
     * @throws MalformedException if it is none, or damaged, or of another key
     */
    static Cell decode(Bytes key, byte[] encoded) {
        Cell cell = decode(encoded);
        if (!cell.isOf(key)) {
            throw new MalformedException("its checksum is wrong");
        }
        return cell;
    }

    /**
     * A cell of a key that only its receiver knows, who has to ask whether it {@link #isOf} that key.
     *
     * @param encoded owned by the cell from now on
     * @throws MalformedException if it is none
     */
    static Cell decode(byte[] encoded) {
        if (encoded.length < FRAME_BYTES || encoded[0] != VERSION) {
            throw new MalformedException("not a cell of a known version (" + encoded.length + " bytes)");
        }
        if (encoded[1] != VALUE && (encoded[1] != TOMBSTONE || encoded.length != FRAME_BYTES)) {
            throw new MalformedException("a cell of unknown kind " + encoded[1]);
        }
        return new Cell(Tag.decode(ByteBuffer.wrap(encoded, 2, Tag.BYTES)), encoded);
    }

    /** Whether it is whole, and that key's: nobody may store or answer one that is not. */
    boolean isOf(Bytes key) {
        return Checksum.isRight(key.array(), encoded);
    }

    Tag tag() {
        return tag;
    }

    boolean isTombstone() {
        return encoded[1] == TOMBSTONE;
    }

    /** A copy of the value; only if it is no tombstone. */
    Bytes value() {
        return Bytes.wrap(Arrays.copyOfRange(encoded, HEADER_BYTES, encoded.length - Checksum.BYTES));
    }

    /** The bytes themselves, for reading only. */
    byte[] encoded() {
        return encoded;
    }

    /** Whether this one replaces the other. */
    boolean isNewerThan(@Nullable Cell other) {
        return other == null || tag.compareTo(other.tag) > 0;
    }

    @Override
    public String toString() {
        return tag + (isTombstone() ? " tombstone" : " " + (encoded.length - FRAME_BYTES) + " bytes");
    }
}
