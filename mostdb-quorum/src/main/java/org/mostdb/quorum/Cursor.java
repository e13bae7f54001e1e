package org.mostdb.quorum;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;

/**
 * How far one store has taken what another one holds: either its log of changes, or all its cells.
 *
 * @param sequence of the log, all records up to this one are taken; -1 if all cells are
 * @param after of the log's next record, or of all cells, the keys up to this one are taken; empty for none
 */
record Cursor(long sequence, Bytes after) {

    private static final long ALL = -1;

    /** The changes after a store sequence. */
    static Cursor ofChanges(long sequence) {
        return new Cursor(sequence, Bytes.EMPTY);
    }

    /** All cells. */
    static Cursor ofAll() {
        return ofAll(Bytes.EMPTY);
    }

    /** All cells after a key. */
    static Cursor ofAll(Bytes after) {
        return new Cursor(ALL, after);
    }

    boolean isOfAll() {
        return sequence == ALL;
    }

    static int encodedBytes(@Nullable Cursor cursor) {
        return cursor == null ? 1 : 1 + Long.BYTES + Integer.BYTES + cursor.after.size();
    }

    static void encode(@Nullable Cursor cursor, ByteBuffer to) {
        to.put((byte) (cursor == null ? 0 : 1));
        if (cursor != null) {
            MessageCodec.writeBytes(to.putLong(cursor.sequence), cursor.after.array());
        }
    }

    static @Nullable Cursor decode(ByteBuffer from) {
        return from.get() == 0 ? null : new Cursor(from.getLong(), Bytes.wrap(MessageCodec.readBytes(from)));
    }

    static Cursor decodePresent(ByteBuffer from) {
        Cursor cursor = decode(from);
        if (cursor == null) {
            throw new MalformedException("a request without a place to begin at");
        }
        return cursor;
    }
}
