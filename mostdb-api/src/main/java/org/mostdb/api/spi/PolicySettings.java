package org.mostdb.api.spi;

import java.time.Duration;

/**
 * The limits that a policy keeps.
 *
 * @param durability with which a node stores what it acknowledges
 * @param operationTimeout after which an operation that has no majority ends with an error
 * @param peerTimeout a member that was silent for so long counts as down
 * @param maxQueuedOperations how many operations may wait or run at one node; a further one is refused
 * @param maxQueuedBytes how many bytes of keys and values these may hold together
 */
public record PolicySettings(
        Durability durability,
        Duration operationTimeout,
        Duration peerTimeout,
        int maxQueuedOperations,
        long maxQueuedBytes) {}
