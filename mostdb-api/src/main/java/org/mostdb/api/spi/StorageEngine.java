package org.mostdb.api.spi;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How one node keeps bytes: an ordered map of non-empty keys to values, both arrays of bytes, in the order of
 * {@link org.mostdb.api.Bytes}. It knows nothing of versions, tags or policies.
 *
 * <p><b>Threads.</b> {@link #get}, {@link #scan}, {@link #checkpoint} and {@link #stats} may be called by any number of
 * threads, also while one thread is in {@link #write}, and do not wait for its disk. {@code write} is called by one
 * thread at a time. {@code get} and {@code stats} may be called by virtual threads, which a native call pins to their
 * carriers meanwhile; the others are called by platform threads only.
 *
 * <p><b>Visibility.</b> After {@code write} returned, every read that begins sees all of its batch. While it runs, a
 * read sees all of the batch or nothing of it; it may see a batch that is not yet durable.
 *
 * <p><b>Ownership.</b> An array handed in is not changed by either side; one handed out is the caller's to read and is
 * never changed by the engine.
 *
 * <p><b>Errors.</b> {@link org.mostdb.api.StorageException} for all that the store cannot do; after one from
 * {@code write}, whether the batch was applied is unknown until the engine is opened anew. After {@link #close} every
 * method but {@code close} throws {@link IllegalStateException}; never is the process harmed. An absent key is not an
 * error.
 */
public interface StorageEngine extends AutoCloseable {

    /** The value of a key, or empty if there is none. */
    Optional<byte[]> get(byte[] key);

    /**
     * Applies a batch as one, in the order of its operations: after a crash all of it is there or nothing, and nothing
     * of it unless all that was written before is there too.
     *
     * @param batch an empty one is allowed; with {@link Durability#SYNC} it makes all earlier batches durable
     * @param durability what the batch has survived once this method returns
     */
    void write(WriteBatch batch, Durability durability);

    /**
     * Walks over all keys {@code from <= key < to} as they were when this method was called.
     *
     * @param from inclusive; empty for the first key there is
     * @param to exclusive; empty for no bound
     */
    Scan scan(byte[] from, byte[] to);

    /**
     * Writes a consistent copy of all keys, as they were at one instant during the call, into a directory that an
     * engine of the same provider can open. Durable once it returns.
     *
     * @param directory must not exist, or be empty
     */
    void checkpoint(Path directory);

    /** Cheap figures for metrics; may be a little behind. */
    EngineStats stats();

    /**
     * Waits for the calls under way and for open scans, then gives the files free. What {@link Durability#OS} wrote is
     * with the operating system. Closing twice is harmless.
     */
    @Override
    void close();
}
