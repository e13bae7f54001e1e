package org.mostdb.testkit;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.api.spi.PeerLink;

/**
 * Peer links between nodes of one process, which a test can cut and heal. Messages are delivered by threads of the
 * network, in their order.
 */
public final class LocalNetwork implements AutoCloseable {

    private static final int MAX_MESSAGE_BYTES = 8 << 20;

    private final @Nullable Port[] ports;
    private final boolean[][] cut;

    /** A network with a place for each of so many nodes. */
    public LocalNetwork(int nodes) {
        ports = new Port[nodes];
        cut = new boolean[nodes][nodes];
    }

    /** The link of a node that starts now at a place, instead of any that was there before. */
    public synchronized PeerLink link(int place) {
        Port port = new Port(place);
        ports[place] = port;
        return port;
    }

    /** The node at a place ends: the others lose their connections to it. */
    public synchronized void stop(int place) {
        Port port = ports[place];
        if (port != null) {
            ports[place] = null;
            NodeId id = port.id();
            port.deliveries.shutdown();
            for (int other = 0; other < ports.length; other++) {
                tellDisconnected(other, id);
            }
        }
    }

    /** Cuts all connections between these places and the others. */
    public synchronized void split(Set<Integer> side) {
        for (int i = 0; i < ports.length; i++) {
            for (int j = 0; j < ports.length; j++) {
                if (side.contains(i) != side.contains(j) && !cut[i][j]) {
                    cut[i][j] = true;
                    Port there = ports[j];
                    if (there != null) {
                        tellDisconnected(i, there.id());
                    }
                }
            }
        }
    }

    /** Connects all again. */
    public synchronized void heal() {
        for (int i = 0; i < ports.length; i++) {
            for (int j = 0; j < ports.length; j++) {
                if (cut[i][j]) {
                    cut[i][j] = false;
                    tellConnected(i, j);
                }
            }
        }
    }

    @Override
    public void close() {
        for (int place = 0; place < ports.length; place++) {
            stop(place);
        }
    }

    private void tellConnected(int at, int to) {
        Port port = ports[at];
        Port there = ports[to];
        if (port != null && there != null && at != to && !cut[at][to]) {
            PeerHandler handler = port.handler;
            PeerHandler remote = there.handler;
            if (handler != null && remote != null) {
                PeerHello hello = remote.hello();
                port.deliver(() -> handler.connected(to < at ? to : to - 1, hello));
            }
        }
    }

    private void tellDisconnected(int at, @Nullable NodeId from) {
        Port port = ports[at];
        if (port != null && from != null) {
            PeerHandler handler = port.handler;
            if (handler != null) {
                port.deliver(() -> handler.disconnected(from));
            }
        }
    }

    private synchronized boolean send(int from, NodeId to, byte[] message) {
        Port sender = ports[from];
        NodeId senderId = sender == null ? null : sender.id();
        for (int place = 0; place < ports.length; place++) {
            Port receiver = ports[place];
            PeerHandler handler = receiver == null ? null : receiver.handler;
            if (receiver != null
                    && handler != null
                    && senderId != null
                    && to.equals(receiver.id())
                    && !cut[from][place]) {
                receiver.deliver(() -> handler.received(senderId, message));
                return true;
            }
        }
        return false;
    }

    /** One node's end of the network. */
    private final class Port implements PeerLink {

        private final int place;
        private final ExecutorService deliveries = Executors.newSingleThreadExecutor(
                Thread.ofVirtual().name("local-network").factory());
        private volatile @Nullable PeerHandler handler;

        private Port(int place) {
            this.place = place;
        }

        private @Nullable NodeId id() {
            PeerHandler started = handler;
            return started == null ? null : started.hello().node();
        }

        private void deliver(Runnable delivery) {
            if (!deliveries.isShutdown()) {
                deliveries.execute(delivery);
            }
        }

        @Override
        public List<URI> peers() {
            List<URI> peers = new ArrayList<>();
            for (int other = 0; other < ports.length; other++) {
                if (other != place) {
                    peers.add(URI.create("http://node-" + other + ":5379"));
                }
            }
            return peers;
        }

        @Override
        public void start(PeerHandler started) {
            synchronized (LocalNetwork.this) {
                handler = started;
                for (int other = 0; other < ports.length; other++) {
                    tellConnected(place, other);
                    tellConnected(other, place);
                }
            }
        }

        @Override
        public boolean send(NodeId to, byte[] message) {
            return LocalNetwork.this.send(place, to, message);
        }

        @Override
        public int maxMessageBytes() {
            return MAX_MESSAGE_BYTES;
        }
    }
}
