package org.mostdb.server;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerHello;

/** A web server with a peer link, and a handler that keeps what it hears. */
final class PeerTestNode implements PeerHandler, AutoCloseable {

    static final int MAX_MESSAGE_BYTES = 1 << 20;
    static final String PROTOCOL = "test/1";

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    final HelidonPeerLink link;
    final Queue<String> events = new ConcurrentLinkedQueue<>();
    final Queue<byte[]> messages = new ConcurrentLinkedQueue<>();
    final AtomicInteger refusals = new AtomicInteger();
    volatile Optional<String> refusal = Optional.empty();

    private final PeerHello hello;
    private final WebServer server;

    private PeerTestNode(int port, PeerHello hello, PeerLinkSettings settings) {
        this.hello = hello;
        this.link = new HelidonPeerLink(settings);
        this.server = WebServer.builder()
                .host("127.0.0.1")
                .port(port)
                .useNio(false)
                .shutdownHook(false)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .addConnectionSelector(Http1ConnectionSelector.builder()
                        .config(Http1Config.create())
                        .addUpgrader(link.upgrader())
                        .build())
                .routing(routing -> routing.get("/hello", (request, response) -> response.send("hello")))
                .build()
                .start();
    }

    /** A node that dials the given ports, started. */
    static PeerTestNode start(int port, PeerHello hello, PeerLinkSettings settings) {
        PeerTestNode node = new PeerTestNode(port, hello, settings);
        node.link.start(node);
        return node;
    }

    static PeerTestNode start(int port, NodeId id, int... peerPorts) {
        return start(port, hello(id, 1), settings(peerPorts));
    }

    static PeerHello hello(NodeId id, long epoch) {
        return new PeerHello(PROTOCOL, id, epoch, Optional.of("cluster-1"));
    }

    static PeerLinkSettings settings(int... peerPorts) {
        return settings(Optional.empty(), MAX_MESSAGE_BYTES * 8L, peerPorts);
    }

    static PeerLinkSettings settings(Optional<ApiKey> key, long maxQueuedBytes, int... peerPorts) {
        List<URI> peers = Arrays.stream(peerPorts)
                .mapToObj(port -> URI.create("http://127.0.0.1:" + port))
                .toList();
        return new PeerLinkSettings(
                peers,
                key,
                Duration.ofSeconds(1),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofMillis(1500),
                MAX_MESSAGE_BYTES,
                maxQueuedBytes);
    }

    /** A port that nobody listens on. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void await(Supplier<String> what, BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new AssertionError("waited in vain: " + what.get());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** Waits until the handler has heard of something so many times. */
    void awaitEvent(String event, int times) {
        await(
                () -> event + " x" + times + " among " + events,
                () -> events.stream().filter(event::equals).count() >= times);
    }

    void awaitEvent(String event) {
        awaitEvent(event, 1);
    }

    void awaitMessages(int count) {
        await(() -> messages.size() + " of " + count + " messages", () -> messages.size() >= count);
    }

    int port() {
        return server.port();
    }

    NodeId id() {
        return hello.node();
    }

    @Override
    public PeerHello hello() {
        return hello;
    }

    @Override
    public Optional<String> refuse(PeerHello remote) {
        refusal.ifPresent(reason -> refusals.incrementAndGet());
        return refusal;
    }

    @Override
    public void connected(int peer, PeerHello remote) {
        events.add("connected " + peer + " " + remote.node());
    }

    @Override
    public void accepted(PeerHello remote) {
        events.add("accepted " + remote.node());
    }

    @Override
    public void received(NodeId from, byte[] message) {
        messages.add(message);
    }

    @Override
    public void disconnected(NodeId node) {
        events.add("disconnected " + node);
    }

    @Override
    public void close() {
        link.close();
        server.stop();
    }
}
