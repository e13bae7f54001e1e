package org.mostdb.testkit;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.api.spi.PeerLink;

/**
 * The links between simulated nodes: messages are delayed, overtake each other, are lost and arrive twice, even after
 * their connection or the life of their sender has ended; connections break and are made anew.
 *
 * <p>A message reaches only the identity that it was sent to: a connection begins with names, so what is under way to a
 * replaced disk is lost.
 */
public final class SimulatedNetwork {

    private static final double LATE_SHARE = 0.2;
    private static final List<Long> LATE_NANOS = List.of(50_000_000L, 300_000_000L, 1_500_000_000L);
    private static final long REDIAL_NANOS = 100_000_000L;
    private static final int MAX_MESSAGE_BYTES = 1 << 20;

    /** How a network behaves while nothing special happens to it. */
    public static final class Weather {
        /** The mean delay of a message, one way. */
        public long delayNanos = 500_000;
        /** How many messages get lost. */
        public double loss;
        /** How many messages arrive twice. */
        public double duplication;
        /** How many messages take fifty times longer. */
        public double straggling;
    }

    /** One end of the links: what a running host lends to the network. */
    interface End {

        /** The handler of the node, while it runs. */
        @Nullable
        PeerHandler handler();

        /** Whether the node runs and is not paused, so that it can make and accept a connection. */
        boolean isAwake();

        /** Which life of the node this is. */
        int life();
    }

    /** A connection that one node has made to another, as each side sees it. */
    private static final class Connection {

        private final int dialer;
        private final int acceptor;
        private final NodeId dialerId;
        private final NodeId acceptorId;
        private boolean openAtDialer;
        private boolean openAtAcceptor;
        private boolean broken;

        private Connection(int dialer, NodeId dialerId, int acceptor, NodeId acceptorId) {
            this.dialer = dialer;
            this.dialerId = dialerId;
            this.acceptor = acceptor;
            this.acceptorId = acceptorId;
        }

        private boolean isOpenAt(int place) {
            return place == dialer ? openAtDialer : place == acceptor && openAtAcceptor;
        }

        private boolean joins(int one, int other) {
            return (dialer == one && acceptor == other) || (dialer == other && acceptor == one);
        }

        private int otherThan(int place) {
            return place == dialer ? acceptor : dialer;
        }

        private NodeId remoteId(int place) {
            return place == dialer ? acceptorId : dialerId;
        }

        private void close(int place) {
            if (place == dialer) {
                openAtDialer = false;
            } else {
                openAtAcceptor = false;
            }
        }
    }

    private final VirtualTime time;
    private final SeededRandom random;
    private final Coverage coverage;
    private final Weather weather;
    private final End[] ends;
    private final boolean[][] blocked;
    private final boolean[][] severed;
    private final long[][] extraDelayNanos;
    private final List<Connection> connections = new ArrayList<>();
    private boolean calm;

    SimulatedNetwork(VirtualTime time, SeededRandom random, Coverage coverage, Weather weather, int nodes) {
        this.time = time;
        this.random = random;
        this.coverage = coverage;
        this.weather = weather;
        this.ends = new End[nodes];
        this.blocked = new boolean[nodes][nodes];
        this.severed = new boolean[nodes][nodes];
        this.extraDelayNanos = new long[nodes][nodes];
    }

    int nodes() {
        return ends.length;
    }

    Weather weather() {
        return weather;
    }

    void plug(int place, End end) {
        ends[place] = end;
    }

    /** The link of the node at a place. */
    PeerLink link(int place) {
        return new Link(place);
    }

    private final class Link implements PeerLink {

        private final int place;

        private Link(int place) {
            this.place = place;
        }

        @Override
        public List<URI> peers() {
            List<URI> peers = new ArrayList<>();
            for (int other = 0; other < ends.length; other++) {
                if (other != place) {
                    peers.add(URI.create("http://node" + other));
                }
            }
            return peers;
        }

        @Override
        public void start(PeerHandler handler) {
            int life = ends[place].life();
            for (int other = 0; other < ends.length; other++) {
                if (other != place) {
                    keepConnected(place, other, life);
                }
            }
        }

        @Override
        public boolean send(NodeId to, byte[] message) {
            for (Connection connection : connections) {
                if (connection.isOpenAt(place) && connection.remoteId(place).equals(to)) {
                    transmit(connection, place, message);
                    return true;
                }
            }
            return false;
        }

        @Override
        public int maxMessageBytes() {
            return MAX_MESSAGE_BYTES;
        }
    }

    /** Messages from one node no longer reach another. */
    void block(int from, int to) {
        blocked[from][to] = true;
    }

    /** They do again. */
    void unblock(int from, int to) {
        blocked[from][to] = false;
    }

    /** As {@link #block}, and what is under way is lost as well. */
    void sever(int from, int to) {
        severed[from][to] = true;
    }

    /** Ends {@link #sever}. */
    void join(int from, int to) {
        severed[from][to] = false;
    }

    /** Ends {@link #sever} everywhere. */
    void joinAll() {
        for (boolean[] from : severed) {
            Arrays.fill(from, false);
        }
    }

    private boolean isShut(int from, int to) {
        return blocked[from][to] || severed[from][to];
    }

    /** Messages from one node take longer to reach another; 0 ends that. */
    void slowDown(int from, int to, long nanos) {
        extraDelayNanos[from][to] = nanos;
    }

    /** All links work well from now on. */
    void heal() {
        openAll();
        weather.loss = 0;
        weather.duplication = 0;
        weather.straggling = 0;
    }

    /** All links work well until {@link #endCalm}; the weather is as before then. */
    void beCalm() {
        openAll();
        calm = true;
    }

    /** Ends {@link #beCalm}. */
    void endCalm() {
        calm = false;
    }

    private void openAll() {
        joinAll();
        for (int from = 0; from < ends.length; from++) {
            for (int to = 0; to < ends.length; to++) {
                unblock(from, to);
                slowDown(from, to, 0);
            }
        }
    }

    private long delay(int from, int to) {
        long delay = weather.delayNanos / 4 + random.around(weather.delayNanos) + extraDelayNanos[from][to];
        return random.chance(weather.straggling) && !calm ? 50 * delay : delay;
    }

    private void transmit(Connection connection, int from, byte[] message) {
        int to = connection.otherThan(from);
        coverage.count("messages sent");
        if (isShut(from, to) || (random.chance(weather.loss) && !calm)) {
            coverage.count("messages lost");
            return;
        }
        deliver(connection, from, to, message, 0);
        if (random.chance(weather.duplication)) {
            coverage.count("messages duplicated");
            boolean isLate = random.chance(LATE_SHARE) && !calm;
            coverage.count("messages that came again much later", isLate ? 1 : 0);
            deliver(connection, from, to, message, isLate ? random.around(random.oneOf(LATE_NANOS)) : 0);
        }
    }

    private void deliver(Connection connection, int from, int to, byte[] message, long laterNanos) {
        NodeId sender = connection.remoteId(to);
        NodeId receiver = connection.remoteId(from);
        int senderLife = ends[from].life();
        time.after(delay(from, to) + laterNanos, () -> {
            PeerHandler handler = ends[to].handler();
            if (handler == null || severed[from][to] || !handler.hello().node().equals(receiver)) {
                coverage.count("messages lost");
                return;
            }
            if (ends[from].life() != senderLife) {
                coverage.count("messages from a past life delivered");
            }
            handler.received(sender, message);
        });
    }

    private void keepConnected(int from, int to, int life) {
        if (ends[from].life() != life) {
            return;
        }
        boolean connected = connections.stream()
                .anyMatch(connection ->
                        connection.dialer == from && connection.acceptor == to && connection.openAtDialer);
        if (!connected) {
            dial(from, to, life);
        }
        time.after(REDIAL_NANOS / 2 + random.between(0, REDIAL_NANOS), () -> keepConnected(from, to, life));
    }

    private void dial(int from, int to, int life) {
        PeerHandler dialer = ends[from].handler();
        if (dialer == null || !ends[from].isAwake() || isShut(from, to) || isShut(to, from)) {
            return;
        }
        PeerHello hello = dialer.hello();
        time.after(delay(from, to), () -> accept(from, to, life, hello));
    }

    private void accept(int from, int to, int life, PeerHello hello) {
        PeerHandler acceptor = ends[to].handler();
        if (acceptor == null
                || !ends[to].isAwake()
                || isShut(to, from)
                || acceptor.refuse(hello).isPresent()) {
            return;
        }
        PeerHello answer = acceptor.hello();
        int acceptorLife = ends[to].life();
        Connection connection = new Connection(from, hello.node(), to, answer.node());
        connection.openAtAcceptor = true;
        connections.add(connection);
        acceptor.accepted(hello);
        time.after(delay(to, from), () -> {
            PeerHandler dialer = ends[from].handler();
            if (dialer == null || ends[from].life() != life || ends[to].life() != acceptorLife) {
                breakUp(connection);
            }
            if (dialer == null || connection.broken) {
                return;
            }
            connection.openAtDialer = true;
            dialer.connected(to < from ? to : to - 1, answer);
        });
    }

    /** The connections between two nodes break; they will be made anew when that is possible. */
    void disconnect(int one, int other) {
        for (Connection connection : List.copyOf(connections)) {
            if (connection.joins(one, other)) {
                breakUp(connection);
            }
        }
    }

    /** A node has crashed: its peers notice by and by. */
    void disconnectAll(int place) {
        for (Connection connection : List.copyOf(connections)) {
            if (connection.dialer == place || connection.acceptor == place) {
                connection.close(place);
                breakUp(connection);
            }
        }
    }

    private void breakUp(Connection connection) {
        connection.broken = true;
        closeLater(connection, connection.dialer);
        closeLater(connection, connection.acceptor);
    }

    private void closeLater(Connection connection, int place) {
        int life = ends[place].life();
        time.after(random.around(5_000_000), () -> close(connection, place, life));
    }

    private void close(Connection connection, int place, int life) {
        boolean wasOpen = connection.isOpenAt(place);
        connection.close(place);
        if (!connection.openAtDialer && !connection.openAtAcceptor) {
            connections.remove(connection);
        }
        PeerHandler handler = ends[place].handler();
        if (!wasOpen || ends[place].life() != life || handler == null) {
            return;
        }
        NodeId remote = connection.remoteId(place);
        boolean anotherIsOpen = connections.stream()
                .anyMatch(
                        other -> other.isOpenAt(place) && other.remoteId(place).equals(remote));
        if (!anotherIsOpen) {
            handler.disconnected(remote);
        }
    }
}
