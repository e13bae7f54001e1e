package org.mostdb.api.spi;

/**
 * A replication policy on the class path, found by {@link java.util.ServiceLoader}. Making one must be cheap and cannot
 * fail.
 */
public interface ReplicationPolicyProvider {

    /** The name by which it is chosen: lower-case letters, digits and dashes. A store directory remembers it. */
    String name();

    /**
     * Starts the policy on this node. Returns once the node can take calls; they may still have to wait for the other
     * members.
     *
     * @throws org.mostdb.api.StorageException with one sentence, if the store cannot be read or written
     * @throws org.mostdb.api.InvalidRequestException with one sentence, if the configuration cannot be worked with,
     *     such as a list of members of another size than the recorded one
     */
    ReplicationPolicy start(PolicyContext context);
}
