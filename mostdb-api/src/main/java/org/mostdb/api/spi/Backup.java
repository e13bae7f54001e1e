package org.mostdb.api.spi;

import java.util.Map;

/**
 * What one node held of the cluster's data at one moment. Made by {@link ReplicationPolicy#backup}, written to a file
 * by the server, and given back to {@link ReplicationPolicyProvider#restore}, of the same policy. Used by one thread.
 * Must be closed.
 *
 * @param origin where it comes from, as the policy wants to know it later, such as the name of the cluster and how many
 *     members it has; a few names and values in plain text without line breaks and without {@code =} in a name. For
 *     sentences and for refusals only: no identity is taken over from it
 * @param cells each key that the node remembers, once, in ascending order, deleted ones that must be remembered among
 *     them, and with each the policy's own bytes, which only that policy can read
 */
public record Backup(Map<String, String> origin, Scan cells) implements AutoCloseable {

    /** Copies the origin. */
    public Backup {
        origin = Map.copyOf(origin);
    }

    @Override
    public void close() {
        cells.close();
    }
}
