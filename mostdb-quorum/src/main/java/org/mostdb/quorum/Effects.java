package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.WriteJob;

/** What the protocol core wants done. Each method returns at once; none calls back into the core before it returned. */
interface Effects {

    /** Sends a message, which may be lost. */
    void send(NodeId to, Message message);

    /**
     * Begins a durable write; its end is told by {@link QuorumCore#written} or {@link QuorumCore#storeFailed}. The core
     * begins one at a time.
     */
    void write(WriteJob job);

    /** Begins to read cells; the end is told by {@link QuorumCore#read} or {@link QuorumCore#storeFailed}. */
    void read(Replica.ReadJob job);

    /** Begins to scan cells; the end is told by {@link QuorumCore#scanned} or {@link QuorumCore#storeFailed}. */
    void scan(CellStore.ScanJob job);

    /**
     * Many writes were just ended. Has {@link QuorumCore#clientsHadTheirTurn} called when those that were told so had a
     * chance to ask for the next one; soon, since none begins until then, or until the next {@link QuorumCore#tick}.
     */
    void giveClientsTheirTurn();

    /** Tells the operator. */
    void note(Level level, String text);

    /** Ends this node, for a reason that only an operator can mend. */
    void stop(String reason);

    /** Ends this life, and begins another one with an empty store: this node's identity is no longer a member's. */
    void startAnew(String reason);
}
