package org.mostdb.api.spi;

import java.util.SequencedMap;
import org.mostdb.api.UnsupportedByPolicyException;

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

    /**
     * Looks at what is left of a cluster that has lost so many stores that it cannot serve any more, to make a new one
     * of it. An operator asks for this, while the nodes are stopped. Reads all of the stores, and changes nothing in
     * them.
     *
     * @param stores by name, in the order in which they are told of; open, and written by this policy; they stay open
     *     as long as the result is used
     * @throws org.mostdb.api.UnsupportedByPolicyException if this policy cannot, which is what it does if this method
     *     is not implemented
     * @throws org.mostdb.api.InvalidRequestException with one sentence, if no cluster can be made of these stores
     * @throws org.mostdb.api.StorageException with one sentence, if a store cannot be read
     */
    default Reformation reform(SequencedMap<String, StorageEngine> stores) {
        throw new UnsupportedByPolicyException(
                "the policy " + name() + " cannot make a new cluster from stores of another one");
    }

    /**
     * Looks at backups of one cluster, to make a new cluster of them. Reads the origins only; the cells are read once,
     * by {@link Reformation#write}.
     *
     * @param backups by name, in the order in which they are told of; made by this policy, of one node or of several;
     *     they stay open as long as the result is used
     * @throws org.mostdb.api.UnsupportedByPolicyException if this policy cannot, which is what it does if this method
     *     is not implemented
     * @throws org.mostdb.api.InvalidRequestException with one sentence, if no cluster can be made of these backups
     */
    default Reformation restore(SequencedMap<String, Backup> backups) {
        throw new UnsupportedByPolicyException("the policy " + name() + " cannot make a new cluster from backups");
    }
}
