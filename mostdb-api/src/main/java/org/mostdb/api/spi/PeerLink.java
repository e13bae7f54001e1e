package org.mostdb.api.spi;

import java.net.URI;
import java.util.List;
import org.mostdb.api.NodeId;

/**
 * Carries messages between nodes. Connections are made, and made anew after a loss, by the link itself, for as long as
 * it runs. A message arrives whole and at most once per {@link #send}, or not at all; those on one connection keep
 * their order, but a new connection may overtake an old one.
 */
public interface PeerLink {

    /**
     * The addresses of the other members, as configured; their places in this list name them to {@link PeerHandler}.
     */
    List<URI> peers();

    /**
     * Starts connecting to all peers, and accepting them. Called once.
     *
     * @param handler hears of connections and messages
     */
    void start(PeerHandler handler);

    /**
     * Queues a message for a node and returns at once. Safe for use by many threads.
     *
     * @param message at most {@link #maxMessageBytes} long; owned by the link from now on
     * @return false if no connection to the node is open, or its queue is full: the message is dropped
     */
    boolean send(NodeId to, byte[] message);

    /** The greatest size of a message in bytes; both sides refuse a greater one. */
    int maxMessageBytes();
}
