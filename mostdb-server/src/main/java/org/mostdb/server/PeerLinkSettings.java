package org.mostdb.server;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The addresses and limits of the peer link.
 *
 * @param peers the other members; both {@code http://host:port} and a path after it are fine, the path is ignored
 * @param apiKey sent to every peer and asked of every peer; empty where it is not enabled
 * @param connectTimeout for a connection to open, and again for the answer to the upgrade
 * @param reconnectDelay before the first attempt after a loss; doubles up to {@link #maxReconnectDelay}
 * @param heartbeatInterval a connection on which nothing was sent for so long carries a heartbeat
 * @param silenceTimeout a connection on which nothing was read for so long, or one write took so long, is closed
 * @param maxMessageBytes the greatest message; a peer that announces a greater one is cut off
 * @param maxQueuedBytes what may wait to be written on one connection; a message beyond it is dropped
 */
record PeerLinkSettings(
        List<URI> peers,
        Optional<ApiKey> apiKey,
        Duration connectTimeout,
        Duration reconnectDelay,
        Duration heartbeatInterval,
        Duration silenceTimeout,
        int maxMessageBytes,
        long maxQueuedBytes) {

    private static final int MAX_DELAY_FACTOR = 10;

    private static final long MOST_QUEUED_BYTES = 64L << 20;

    PeerLinkSettings {
        peers = List.copyOf(peers);
    }

    /**
     * The usual limits.
     *
     * @param queueBytes what may wait for all peers together
     * @param peerTimeout after which the policy counts a silent member as down; a connection is given up after twice
     *     that, so that a slow peer is not also cut off
     */
    static PeerLinkSettings of(
            List<URI> peers, Optional<ApiKey> apiKey, Duration peerTimeout, int maxMessageBytes, long queueBytes) {
        return new PeerLinkSettings(
                peers,
                apiKey,
                Duration.ofSeconds(1),
                Duration.ofMillis(100),
                Duration.ofMillis(150),
                peerTimeout.plus(peerTimeout),
                maxMessageBytes,
                Math.min(MOST_QUEUED_BYTES, queueBytes / Math.max(1, peers.size())));
    }

    /** The pause between two attempts to reach a peer never grows beyond this. */
    Duration maxReconnectDelay() {
        return reconnectDelay.multipliedBy(MAX_DELAY_FACTOR);
    }
}
