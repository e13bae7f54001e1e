package org.mostdb.server;

import io.helidon.http.HeaderNames;
import io.helidon.webclient.http1.Http1Client;
import io.helidon.webclient.http1.Http1ClientRequest;
import io.helidon.webclient.http1.UpgradeResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerHello;

/** Keeps one connection to one configured address open, on one thread that dials it and then reads from it. */
final class PeerDialer {

    private static final System.Logger LOG = System.getLogger(PeerDialer.class.getName());

    /** An address that leads back to this node changes only when somebody mends it. */
    private static final int SLOW_FACTOR = 5;

    private static final int MAX_REASON_BYTES = 1000;

    private final HelidonPeerLink link;
    private final PeerHandler handler;
    private final int index;
    private final URI address;
    private final Http1Client client;
    private final Semaphore wakeUp = new Semaphore(0);
    private final Thread thread;

    private volatile boolean stopped;
    private volatile @Nullable SocketChannel attempt;
    private Duration delay;
    private String lastRefusal = "";

    PeerDialer(HelidonPeerLink link, PeerHandler handler, int index) {
        PeerLinkSettings settings = link.settings();
        this.link = link;
        this.handler = handler;
        this.index = index;
        this.address = settings.peers().get(index);
        this.delay = settings.reconnectDelay();
        this.client = Http1Client.builder()
                .shareConnectionCache(false)
                .servicesDiscoverServices(false)
                .followRedirects(false)
                .build();
        this.thread = PeerThreads.unstarted("mostdb-peer-" + index, this::keepConnected);
    }

    void start() {
        thread.start();
    }

    /** Ends the dialing; the open connection is closed by the link. */
    void stop() {
        stopped = true;
        wakeUp.release();
        closeAttempt();
    }

    /** Waits for the thread to end, after {@link #stop}. */
    void await() throws InterruptedException {
        thread.join();
    }

    /** Dials at once where it would wait: another sign of life was seen. */
    void hurry() {
        wakeUp.release();
    }

    private void keepConnected() {
        PeerLinkSettings settings = link.settings();
        while (!stopped) {
            wakeUp.drainPermits();
            boolean slowly = false;
            long startNanos = System.nanoTime();
            try {
                slowly = dial();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "the connection to " + address + " failed", e);
            }
            boolean lasted = System.nanoTime() - startNanos
                    > settings.maxReconnectDelay().toNanos();
            delay = lasted ? settings.reconnectDelay() : min(delay.multipliedBy(2), settings.maxReconnectDelay());
            pause(slowly ? settings.maxReconnectDelay().multipliedBy(SLOW_FACTOR) : delay);
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** Between half of the time and all of it, so that nodes started together do not dial in step. */
    private void pause(Duration most) {
        long nanos = most.toNanos();
        try {
            if (!stopped
                    && wakeUp.tryAcquire(
                            ThreadLocalRandom.current().nextLong(nanos / 2, nanos), TimeUnit.NANOSECONDS)) {
                delay = link.settings().reconnectDelay();
            }
        } catch (InterruptedException e) {
            stopped = true;
        }
    }

    /**
     * Opens the connection and serves it until it ends.
     *
     * @return whether to wait long before the next attempt
     */
    private boolean dial() {
        PeerHello self = handler.hello();
        DialedSocket socket;
        try {
            socket = connect();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "cannot reach " + address + ": " + PeerSocket.rootMessage(e));
            return false;
        }
        Http1ClientRequest request = client.get()
                .connection(socket)
                .uri(address.resolve("/" + PeerHeaders.UPGRADE_PROTOCOL))
                .header(HeaderNames.CONNECTION, "Upgrade");
        PeerHeaders.of(self).forEach(request::header);
        link.settings().apiKey().ifPresent(key -> request.header(HeaderNames.create(key.headerName()), key.value()));
        UpgradeResponse answer;
        try {
            answer = request.upgrade(PeerHeaders.UPGRADE_PROTOCOL);
        } catch (RuntimeException e) {
            // Helidon has no common type for what may go wrong here; a peer that is down is no news.
            LOG.log(System.Logger.Level.DEBUG, () -> "cannot reach " + address + ": " + PeerSocket.rootMessage(e));
            socket.close();
            return false;
        }
        if (!answer.isUpgraded()) {
            refused(answer);
            socket.close();
            return false;
        }
        PeerHello remote;
        try {
            remote = PeerHeaders.read(answer.response().headers());
            socket.upgraded();
        } catch (InvalidRequestException | IOException e) {
            socket.close();
            warn(String.valueOf(e.getMessage()));
            return false;
        }
        lastRefusal = "";
        if (remote.node().equals(self.node())) {
            socket.close();
            handler.connected(index, remote);
            return true;
        }
        PeerConnection connection = new PeerConnection(socket, remote, true, link.settings());
        link.serveDialed(connection, index);
        return false;
    }

    private void refused(UpgradeResponse answer) {
        String text = "";
        try (var response = answer.response();
                InputStream body = response.entity().inputStream()) {
            text = new String(body.readNBytes(MAX_REASON_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            text = PeerSocket.rootMessage(e);
        }
        int status = answer.response().status().code();
        if (status == 503) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is not ready: {1}", address, text);
        } else {
            warn("HTTP status " + status + ": " + text);
        }
    }

    /** Once for each reason, not for each attempt. */
    private void warn(String reason) {
        if (!reason.equals(lastRefusal)) {
            lastRefusal = reason;
            LOG.log(System.Logger.Level.WARNING, "peer {0} refuses this node: {1}", address, reason);
        }
    }

    private DialedSocket connect() throws IOException {
        SocketChannel channel = SocketChannel.open();
        attempt = channel;
        try {
            if (stopped) {
                throw new IOException("the link is closed");
            }
            return DialedSocket.connect(channel, address, link.settings().connectTimeout());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw new IOException(PeerSocket.rootMessage(e), e);
        }
    }

    /** Ends what is under way: Helidon cannot be told to give up. */
    private void closeAttempt() {
        SocketChannel channel = attempt;
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing the connection to " + address, e);
        }
    }
}
