package org.mostdb.api.spi;

import java.util.Optional;
import java.util.Set;
import org.mostdb.api.Bytes;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.Entry;
import org.mostdb.api.Guarantee;
import org.mostdb.api.Version;

/**
 * How nodes agree: what the coordinator of a client's request may ask for.
 *
 * <p><b>Threads.</b> Any number of callers at once, on virtual threads: each call blocks its caller until the outcome
 * is known, or {@link PolicySettings#operationTimeout} is over. An interrupt ends the wait, not the operation: its
 * outcome is then unknown.
 *
 * <p><b>Outcomes.</b> A call that returns has succeeded: the write is durable on a majority, whatever happens to any
 * minority afterwards. Otherwise it throws one of
 *
 * <ul>
 *   <li>{@link org.mostdb.api.MajorityUnavailableException}: not applied;
 *   <li>{@link org.mostdb.api.OutcomeUnknownException}: a write that may or may not have been applied (never from a
 *       read);
 *   <li>{@link org.mostdb.api.OverloadedException}: refused at once, not applied;
 *   <li>{@link org.mostdb.api.StorageFullException}: this node's disk is full, not applied;
 *   <li>{@link org.mostdb.api.StorageException}: this node's own store has failed, not applied;
 *   <li>{@link IllegalStateException}: closed.
 * </ul>
 *
 * <p>Sizes of keys and values are checked by the caller. Keys are never empty.
 */
public interface ReplicationPolicy extends AutoCloseable {

    /** What this policy promises. Never changes. */
    Set<Guarantee> guarantees();

    /** The present value of a key, or empty if it was never set or was deleted. */
    Optional<Entry> get(Bytes key);

    /** Sets a key to a value, which may be empty. */
    Version set(Bytes key, Bytes value);

    /** Makes a key absent. It is not an error if it is so already. */
    Version delete(Bytes key);

    /** The cluster as this node sees it; answered at once from memory. */
    ClusterStatus status();

    /**
     * Ends all operations under way with their honest outcome, and all threads. Does not close the engine. Closing
     * twice is harmless.
     */
    @Override
    void close();
}
