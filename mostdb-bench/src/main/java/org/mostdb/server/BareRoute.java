package org.mostdb.server;

import io.helidon.common.socket.SocketOptions;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A node and, in the same process on a port of its own, a route that reads the body and answers a constant: what the
 * HTTP server can do at all, for {@code bench/compare}. The web server is set up as that of {@link HttpFront}, and is
 * without its filter, observers and peer link.
 */
final class BareRoute {

    private static final System.Logger LOG = System.getLogger(BareRoute.class.getName());

    private BareRoute() {}

    /** Starts both with the settings of the environment, and ends with the process. */
    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        Settings settings = Settings.of(environment);
        NodeLog.setUp(settings.logLevel());
        Consumer<String> end = reason -> {
            LOG.log(System.Logger.Level.ERROR, reason);
            // The node waits for its threads when it closes, and this is one of them.
            Thread.ofPlatform().start(() -> System.exit(1));
        };
        Node node = Node.start(settings, environment, end, end, end);
        WebServer bare = start(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            bare.stop();
            node.close();
        }));
        LOG.log(System.Logger.Level.INFO, "bare route on port {0}", Integer.toString(bare.port()));
    }

    private static WebServer start(Settings settings) {
        return WebServer.builder()
                .port(0)
                .shutdownHook(false)
                .maxTcpConnections(settings.connectionLimit())
                .maxPayloadSize(settings.bodyLimitBytes())
                .useNio(false)
                .connectionOptions(SocketOptions.builder().tcpNoDelay(true).build())
                .protocolsDiscoverServices(false)
                .addConnectionSelector(Http1ConnectionSelector.builder()
                        .config(Http1Config.create())
                        .build())
                .featuresDiscoverServices(false)
                .routing(routing ->
                        routing.post("/mostdb/set", BareRoute::answer).post("/mostdb/get", BareRoute::answer))
                .build()
                .start();
    }

    private static void answer(ServerRequest request, ServerResponse response) {
        try {
            long length = request.headers().contentLength().orElse(0);
            request.content().inputStream().readNBytes((int) length);
        } catch (IOException e) {
            throw new UncheckedIOException("the body did not come whole", e);
        }
        Answer.OK.send(response);
    }
}
