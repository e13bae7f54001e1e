package org.mostdb.server;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.mostdb.api.NodeId;

/**
 * The open connections by node. What opens and closes is told to the {@link org.mostdb.api.spi.PeerHandler} under one
 * lock, so the handler hears of it in the order in which it happened.
 */
final class PeerTable {

    private static final System.Logger LOG = System.getLogger(PeerTable.class.getName());

    private final ReentrantLock changes = new ReentrantLock();
    private final Condition emptied = changes.newCondition();
    private final Map<NodeId, List<PeerConnection>> byNode = new ConcurrentHashMap<>();
    private final Set<PeerConnection> open = ConcurrentHashMap.newKeySet();
    private boolean closed;

    /**
     * Takes in a connection through which its node can be reached.
     *
     * @param event is told to the handler
     * @return false if the link was closed meanwhile: the connection is then closed too
     */
    boolean add(PeerConnection connection, Runnable event) {
        NodeId node = connection.remote().node();
        changes.lock();
        try {
            if (!watch(connection)) {
                return false;
            }
            List<PeerConnection> before = byNode.getOrDefault(node, List.of());
            // The one dialed by this node goes first, so each node writes on its own; of two alike the newer.
            byNode.put(
                    node,
                    Stream.concat(Stream.of(connection), before.stream())
                            .sorted(Comparator.comparing((PeerConnection c) -> !c.dialed()))
                            .toList());
            if (before.isEmpty()) {
                LOG.log(System.Logger.Level.DEBUG, "connected with node {0}", node);
            }
            closeOlder(before, connection);
            event.run();
            return true;
        } finally {
            changes.unlock();
        }
    }

    /** What a start of the node left behind that is over: nobody is at its other end any more. */
    private static void closeOlder(List<PeerConnection> before, PeerConnection connection) {
        for (PeerConnection other : before) {
            if (other.remote().epoch() < connection.remote().epoch()) {
                other.close("the node was started anew");
            }
        }
    }

    /** Takes in a connection only so that it is watched, and closed with the link; false if the link is closed. */
    boolean watch(PeerConnection connection) {
        changes.lock();
        try {
            if (closed) {
                connection.close("the link is closed");
                return false;
            }
            open.add(connection);
            return true;
        } finally {
            changes.unlock();
        }
    }

    /**
     * Forgets a connection that was closed.
     *
     * @param reason why it was closed
     * @param lost is told the node if this was its last connection
     */
    void remove(PeerConnection connection, String reason, Consumer<NodeId> lost) {
        NodeId node = connection.remote().node();
        changes.lock();
        try {
            if (open.remove(connection) && open.isEmpty()) {
                emptied.signalAll();
            }
            List<PeerConnection> before = byNode.getOrDefault(node, List.of());
            if (!before.contains(connection)) {
                return;
            }
            List<PeerConnection> left =
                    before.stream().filter(c -> c != connection).toList();
            if (!left.isEmpty()) {
                byNode.put(node, left);
                return;
            }
            byNode.remove(node);
            LOG.log(System.Logger.Level.DEBUG, "lost node {0}: {1}", node, reason);
            lost.accept(node);
        } finally {
            changes.unlock();
        }
    }

    boolean send(NodeId to, byte[] message) {
        for (PeerConnection connection : byNode.getOrDefault(to, List.of())) {
            // A full one is not bypassed: the next would only fill up too, and out of order.
            if (connection.isOpen()) {
                return connection.send(message);
            }
        }
        return false;
    }

    Set<PeerConnection> open() {
        return open;
    }

    /**
     * Closes all, and what is added from now on.
     *
     * @return what was open
     */
    List<PeerConnection> close() {
        List<PeerConnection> last;
        changes.lock();
        try {
            closed = true;
            last = List.copyOf(open);
        } finally {
            changes.unlock();
        }
        last.forEach(connection -> connection.close("the link is closed"));
        return last;
    }

    /** Waits until all that was closed has also been removed; false if that takes longer. */
    boolean awaitEmpty(Duration patience) throws InterruptedException {
        long leftNanos = patience.toNanos();
        changes.lock();
        try {
            while (!open.isEmpty() && leftNanos > 0) {
                leftNanos = emptied.awaitNanos(leftNanos);
            }
            return open.isEmpty();
        } finally {
            changes.unlock();
        }
    }
}
