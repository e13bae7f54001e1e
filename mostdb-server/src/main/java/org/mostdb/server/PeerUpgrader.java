package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerHello;

/** Turns an HTTP connection on which a peer asks for it into a peer connection, or refuses it with a reason. */
final class PeerUpgrader implements Http1Upgrader {

    private final HelidonPeerLink link;

    PeerUpgrader(HelidonPeerLink link) {
        this.link = link;
    }

    @Override
    public String supportedProtocol() {
        return PeerHeaders.UPGRADE_PROTOCOL;
    }

    @Override
    public ServerConnection upgrade(ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
        checkSocket(context);
        checkApiKey(context, headers);
        PeerHandler handler = link.handler()
                .orElseThrow(() -> refused(
                        context, Status.SERVICE_UNAVAILABLE_503, "this node is starting or stopping: try again"));
        PeerHello self = handler.hello();
        PeerHello remote = remote(context, headers, self);
        // A connection of this node with itself is answered, so that the dialing side can see what its address is.
        if (!remote.node().equals(self.node())) {
            handler.refuse(remote).ifPresent(reason -> {
                throw refused(context, Status.FORBIDDEN_403, reason);
            });
        }
        accept(context, self);
        return new UpgradedConnection(new PeerConnection(new AcceptedSocket(context), remote, false, link.settings()));
    }

    /** Helidon 4.4 ignores how much of a buffer NIO has written, and so loses bytes to a peer that reads slowly. */
    private static void checkSocket(ConnectionContext context) {
        if (context.listenerContext().config().useNio()) {
            throw refused(
                    context,
                    Status.INTERNAL_SERVER_ERROR_500,
                    "the web server of this node must be configured with use-nio=false");
        }
    }

    private void checkApiKey(ConnectionContext context, WritableHeaders<?> headers) {
        Optional<ApiKey> key = link.settings().apiKey();
        if (key.isEmpty()) {
            return;
        }
        boolean known = PeerHeaders.value(headers, HeaderNames.create(key.get().headerName()))
                .filter(key.get()::matches)
                .isPresent();
        if (!known) {
            throw refused(
                    context,
                    Status.UNAUTHORIZED_401,
                    "the API key is missing or wrong: all members must be configured with the same one");
        }
    }

    private static PeerHello remote(ConnectionContext context, WritableHeaders<?> headers, PeerHello self) {
        String version = PeerHeaders.value(headers, PeerHeaders.LINK).orElse("none");
        if (!version.equals(PeerHeaders.LINK_VERSION)) {
            throw refused(
                    context,
                    Status.CONFLICT_409,
                    "this node speaks version " + PeerHeaders.LINK_VERSION + " of the peer link, the other version "
                            + version);
        }
        PeerHello remote;
        try {
            remote = PeerHeaders.read(headers);
        } catch (InvalidRequestException e) {
            throw refused(context, Status.BAD_REQUEST_400, String.valueOf(e.getMessage()));
        }
        if (!remote.protocol().equals(self.protocol())) {
            throw refused(
                    context,
                    Status.CONFLICT_409,
                    "this node speaks " + self.protocol() + ", the other " + remote.protocol()
                            + ": all members must run the same replication policy and version");
        }
        return remote;
    }

    private static void accept(ConnectionContext context, PeerHello self) {
        StringBuilder answer = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ")
                .append(PeerHeaders.UPGRADE_PROTOCOL)
                .append("\r\n");
        PeerHeaders.of(self)
                .forEach((name, value) -> answer.append(name.defaultCase())
                        .append(": ")
                        .append(value)
                        .append("\r\n"));
        write(context, answer.append("\r\n").toString());
    }

    /** Answers by itself, as an upgrader has no response; the exception makes the server close the connection. */
    private static CloseConnectionException refused(ConnectionContext context, Status status, String reason) {
        int length = reason.getBytes(StandardCharsets.UTF_8).length;
        write(
                context,
                "HTTP/1.1 " + status.code() + " " + status.reasonPhrase()
                        + "\r\nConnection: close\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: "
                        + length + "\r\n\r\n" + reason);
        return new CloseConnectionException(reason);
    }

    private static void write(ConnectionContext context, String answer) {
        context.serverSocket().write(BufferData.create(answer.getBytes(StandardCharsets.UTF_8)));
    }

    /** What Helidon runs on the connection's thread instead of HTTP. */
    private final class UpgradedConnection implements ServerConnection {

        private final PeerConnection connection;

        UpgradedConnection(PeerConnection connection) {
            this.connection = connection;
        }

        @Override
        public void handle(Limit limit) {
            ClientSeats.currentIsPeer();
            Thread reader = PeerThreads.unstarted(
                    "mostdb-peer-read-" + connection.remote().node(), () -> link.serveAccepted(connection));
            reader.start();
            try {
                reader.join();
            } catch (InterruptedException e) {
                connection.close("the web server is stopping");
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public Duration idleTime() {
            // The link watches it: Helidon must not cut it after its idle time-out.
            return Duration.ZERO;
        }

        @Override
        public void close(boolean interrupt) {
            connection.close("the web server is stopping");
        }
    }
}
