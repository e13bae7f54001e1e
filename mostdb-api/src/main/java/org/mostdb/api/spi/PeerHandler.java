package org.mostdb.api.spi;

import java.util.Optional;
import org.mostdb.api.NodeId;

/**
 * What a policy does with what comes from its peers. Called by the link's threads, several at once for different
 * connections; must return quickly and never block: typically each call queues an event.
 */
public interface PeerHandler {

    /** What this node says of itself on a connection that opens now. */
    PeerHello hello();

    /**
     * Whether a peer that wants to connect is refused. The link has compared the protocols before.
     *
     * @return the reason in one sentence, which the peer logs; empty to accept
     */
    Optional<String> refuse(PeerHello remote);

    /**
     * The node at a configured address has named itself, and messages can be sent to it.
     *
     * @param peer which of {@link PeerLink#peers} was dialed
     * @param remote what it said; may name this node itself, if the address leads back here
     */
    void connected(int peer, PeerHello remote);

    /**
     * A node has connected to this one, and messages can be sent to it.
     *
     * @param remote what it said; which of the configured addresses it lives at is not known from this
     */
    void accepted(PeerHello remote);

    /**
     * A message has come.
     *
     * @param message owned by the handler from now on
     */
    void received(NodeId from, byte[] message);

    /** No connection to this node is left; messages that were sent may be lost. */
    void disconnected(NodeId node);
}
