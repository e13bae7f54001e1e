package org.mostdb.api.spi;

import java.time.Duration;

/**
 * The limits that a policy keeps.
 *
 * @param durability with which a node stores what it acknowledges
 * @param operationTimeout after which an operation that has no majority ends with an error
 * @param peerTimeout a member that was silent for so long counts as down
 * @param catchUpBytesPerSecond how fast a member that missed something takes it from the others, at most
 * @param reclaimDelay how old a delete is at least when its space comes back
 * @param maxQueuedOperations how many operations may wait or run at one node; a further one is refused
 * @param maxQueuedBytes how many bytes of keys and values these may hold together
 */
public record PolicySettings(
        Durability durability,
        Duration operationTimeout,
        Duration peerTimeout,
        long catchUpBytesPerSecond,
        Duration reclaimDelay,
        int maxQueuedOperations,
        long maxQueuedBytes) {}
