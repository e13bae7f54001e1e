package org.mostdb.api.spi;

import java.util.Optional;
import java.util.Set;
import org.mostdb.api.Bytes;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.Entry;
import org.mostdb.api.Guarantee;
import org.mostdb.api.UnsupportedByPolicyException;
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
     * All that this node holds of the cluster's data now, from one snapshot, while it goes on serving. Its own identity
     * and records are not part of it. What it says on how much of the acknowledged writes a single node holds is the
     * policy's to document. Called by a platform thread, which also walks over the result, and closes it before the
     * engine is closed; the policy may be closed before.
     *
     * @throws org.mostdb.api.StorageException with one sentence, if this node does not hold what it should, because its
     *     store has failed or is not complete yet, or cannot be read
     * @throws UnsupportedByPolicyException if this policy cannot, which is what it does if this method is not
     *     implemented
     */
    default Backup backup() {
        throw new UnsupportedByPolicyException("the policy of this node makes no backups");
    }

    /**
     * Ends all operations under way with their honest outcome, and all threads. Does not close the engine. Closing
     * twice is harmless.
     */
    @Override
    void close();
}
