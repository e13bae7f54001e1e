package org.mostdb.server;

import io.helidon.webserver.http1.spi.Http1Upgrader;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerLink;

/**
 * The peer link over HTTP/1.1 connections that were upgraded, on the port of the HTTP API.
 *
 * <p>Every node dials every configured peer, and accepts every peer that dials it, so there are normally two
 * connections between two nodes. Each node writes on the one that it dialed, falls back to the other, and reads from
 * both. A watching thread sends heartbeats and closes connections that died without a word.
 *
 * <p>An empty message cannot be sent: its frame is the heartbeat.
 */
final class HelidonPeerLink implements PeerLink, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(HelidonPeerLink.class.getName());

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final PeerLinkSettings settings;
    private final PeerTable table = new PeerTable();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread watcher = PeerThreads.unstarted("mostdb-peer-watch", this::watch);

    private volatile @Nullable PeerHandler handler;
    private volatile List<PeerDialer> dialers = List.of();

    HelidonPeerLink(PeerLinkSettings settings) {
        this.settings = settings;
    }

    PeerLinkSettings settings() {
        return settings;
    }

    /** Must be registered with the web server whose port the peers dial. Refuses all before {@link #start}. */
    Http1Upgrader upgrader() {
        return new PeerUpgrader(this);
    }

    @Override
    public List<URI> peers() {
        return settings.peers();
    }

    @Override
    public int maxMessageBytes() {
        return settings.maxMessageBytes();
    }

    @Override
    public synchronized void start(PeerHandler newHandler) {
        if (handler != null || closing.getCount() == 0) {
            throw new IllegalStateException("a peer link is started once, and not after it was closed");
        }
        handler = newHandler;
        dialers = IntStream.range(0, settings.peers().size())
                .mapToObj(index -> new PeerDialer(this, newHandler, index))
                .toList();
        dialers.forEach(PeerDialer::start);
        watcher.start();
    }

    /** Empty before the start and after the end. */
    Optional<PeerHandler> handler() {
        return closing.getCount() == 0 ? Optional.empty() : Optional.ofNullable(handler);
    }

    @Override
    public boolean send(NodeId to, byte[] message) {
        if (message.length == 0 || message.length > settings.maxMessageBytes()) {
            throw new IllegalArgumentException(
                    "a message of " + message.length + " bytes: allowed are 1 to " + settings.maxMessageBytes());
        }
        return table.send(to, message);
    }

    /** What waits to be written on all connections. */
    long queuedBytes() {
        return table.open().stream().mapToLong(PeerConnection::queuedBytes).sum();
    }

    /** Serves a connection that a peer dialed until it ends. */
    void serveAccepted(PeerConnection connection) {
        PeerHandler current = started();
        if (connection.remote().node().equals(current.hello().node())) {
            // This node's own dialer at the other end sees who it has reached, and closes.
            serve(connection, () -> table.watch(connection));
            return;
        }
        serve(
                connection,
                () -> table.add(connection, () -> {
                    current.accepted(connection.remote());
                    dialers.forEach(PeerDialer::hurry);
                }));
    }

    /** Serves a connection that this node dialed until it ends. */
    void serveDialed(PeerConnection connection, int peer) {
        serve(connection, () -> table.add(connection, () -> started().connected(peer, connection.remote())));
    }

    private void serve(PeerConnection connection, BooleanSupplier opening) {
        PeerHandler current = started();
        NodeId from = connection.remote().node();
        String reason = "the peer handler failed";
        try {
            if (opening.getAsBoolean()) {
                connection.startWriter();
                reason = connection.readAll(message -> current.received(from, message));
            }
        } catch (RuntimeException e) {
            // The handler broke its promise and lost something: nothing after it on this connection may be taken.
            LOG.log(System.Logger.Level.ERROR, "closing the connection with node " + from, e);
        } finally {
            connection.close(reason);
            table.remove(connection, reason, current::disconnected);
        }
    }

    private PeerHandler started() {
        PeerHandler current = handler;
        if (current == null) {
            throw new IllegalStateException("the peer link is not started");
        }
        return current;
    }

    private void watch() {
        long intervalNanos = Math.max(1, settings.heartbeatInterval().toNanos() / 2);
        long lateNanos = settings.silenceTimeout().toNanos() / 2;
        long lastNanos = System.nanoTime();
        try {
            while (!closing.await(intervalNanos, TimeUnit.NANOSECONDS)) {
                long nowNanos = System.nanoTime();
                // After a pause of the whole process the silence was ours: the readers get a turn first.
                if (nowNanos - lastNanos < lateNanos) {
                    table.open().forEach(connection -> connection.watch(nowNanos));
                }
                lastNanos = nowNanos;
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the peer watch was interrupted", e);
        }
    }

    /**
     * Ends all connections and threads, and waits for them: as long as an attempt to connect may take. What is queued
     * is dropped. The handler has heard of every loss before this returns. Closing twice is harmless.
     */
    @Override
    public void close() {
        synchronized (this) {
            closing.countDown();
        }
        dialers.forEach(PeerDialer::stop);
        List<PeerConnection> open = table.close();
        try {
            for (PeerConnection connection : open) {
                connection.awaitWriter();
            }
            for (PeerDialer dialer : dialers) {
                dialer.await();
            }
            watcher.join();
            if (!table.awaitEmpty(CLOSE_PATIENCE)) {
                LOG.log(System.Logger.Level.WARNING, "the peer handler still holds up a connection that was closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
