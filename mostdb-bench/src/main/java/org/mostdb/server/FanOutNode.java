package org.mostdb.server;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerHello;

/** A peer link on a web server of its own, as in a node, with nothing behind it. */
abstract class FanOutNode implements PeerHandler, AutoCloseable {

    private static final int MAX_MESSAGE_BYTES = 8 << 20;

    final HelidonPeerLink link;
    final NodeId id;
    private final WebServer server;
    private final CountDownLatch connected;

    FanOutNode(int place, List<Integer> ports) {
        id = new NodeId(place + 1);
        connected = new CountDownLatch(ports.size() - 1);
        List<URI> peers = new ArrayList<>();
        for (int other = 0; other < ports.size(); other++) {
            if (other != place) {
                peers.add(URI.create("http://127.0.0.1:" + ports.get(other)));
            }
        }
        link = new HelidonPeerLink(
                PeerLinkSettings.of(peers, Optional.empty(), Duration.ofSeconds(1), MAX_MESSAGE_BYTES, 64L << 20));
        server = WebServer.builder()
                .host("127.0.0.1")
                .port(ports.get(place))
                .useNio(false)
                .shutdownHook(false)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .addConnectionSelector(Http1ConnectionSelector.builder()
                        .config(Http1Config.create())
                        .addUpgrader(link.upgrader())
                        .build())
                .routing(routing -> routing.get("/", (request, response) -> response.send()))
                .build()
                .start();
    }

    /** So many ports that nobody listens on. */
    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            ports.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }

    void start() {
        link.start(this);
    }

    void awaitConnected() throws InterruptedException {
        connected.await();
    }

    @Override
    public PeerHello hello() {
        return new PeerHello("bench/1", id, 1, Optional.empty());
    }

    @Override
    public Optional<String> refuse(PeerHello remote) {
        return Optional.empty();
    }

    @Override
    public void connected(int peer, PeerHello remote) {
        connected.countDown();
    }

    @Override
    public void accepted(PeerHello remote) {
        // The connection that this node dials itself is the one it waits for.
    }

    @Override
    public void disconnected(NodeId node) {
        // Only at the end.
    }

    @Override
    public void close() {
        link.close();
        server.stop();
    }
}
