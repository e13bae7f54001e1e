package org.mostdb.api.spi;

/**
 * A walk over the keys of a stable snapshot, in ascending order. Used by one thread. Must be closed; closing twice is
 * harmless. {@link StorageEngine#close} waits for open scans, so a scan that is never closed keeps the engine open.
 */
public interface Scan extends AutoCloseable {

    /**
     * Moves to the next key; the first call moves to the first.
     *
     * @return false at the end, and from then on
     * @throws org.mostdb.api.StorageException if the store cannot be read
     * @throws IllegalStateException after {@link #close}
     */
    boolean next();

    /** The key at which the walk stands, after a {@link #next} that returned true. For reading only. */
    byte[] key();

    /** The value at which the walk stands, after a {@link #next} that returned true. For reading only. */
    byte[] value();

    @Override
    void close();
}
