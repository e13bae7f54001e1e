package org.mostdb.quorum;

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
}
