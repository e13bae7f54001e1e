package org.mostdb.api.spi;

import java.net.URI;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A new cluster that can be made from what some stores of another one hold, whose members cannot go on, or from
 * backups: begun with {@link ReplicationPolicyProvider#reform} or {@link ReplicationPolicyProvider#restore}. Used by
 * one thread, and only while the stores or backups are open.
 */
public interface Reformation {

    /** What was found in each store or backup, in their order: a line each, in plain words. */
    List<String> found();

    /** What the new cluster may lack, and under which condition, in plain words: one or more sentences. */
    String loss();

    /**
     * Writes the store of the first member of the new cluster: a new identity, and all that the stores or backups hold.
     * The other members join by themselves when they are started with empty stores and can reach this one. Durable once
     * it returns. What it was taken from is not changed. Called once.
     *
     * @param target open and empty
     * @param peers the addresses of the other members, as {@link PeerLink#peers} will have them; their number is the
     *     size of the new cluster but for one
     * @param random fit for identities
     * @return how many keys it wrote, deleted ones that are still remembered among them
     * @throws org.mostdb.api.StorageException with one sentence, if a store or backup cannot be read or the target not
     *     written
     */
    long write(StorageEngine target, List<URI> peers, RandomGenerator random);
}
