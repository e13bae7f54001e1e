package org.mostdb.server;

import io.helidon.common.socket.SocketOptions;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.observe.ObserveFeature;
import io.helidon.webserver.observe.health.HealthObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The port: HTTP API, health, metrics, and the upgrade to the peer link. */
final class HttpFront implements AutoCloseable {

    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration IDLE_CHECK_PERIOD = Duration.ofSeconds(30);

    /** A body that is over its limit by no more is read and thrown away, so that its connection can go on. */
    private static final long TOLERATED_EXCESS_BYTES = 8L * 1024 * 1024;

    private static final String HEALTH = "/health";
    private static final String METRICS = "/metrics";

    /** Peers, and connections that are about to end, beyond what {@link ClientSeats} lets in. */
    private static final int CONNECTIONS_OF_OTHERS = 256;

    private final Settings settings;
    private final ClientSeats seats;
    private final BodyDeadlines deadlines;
    private final WebServer server;

    /** @param v1 what is served under {@code /v1} */
    HttpFront(
            Settings settings, Http1Upgrader upgrader, HelidonMetrics metrics, Admission admission, HttpService... v1) {
        this.settings = settings;
        RefusalPace pace = new RefusalPace();
        RequestMemory memory = new RequestMemory(settings.requestMemoryBytes(), settings.valueLimitBytes());
        this.seats = new ClientSeats(settings.connectionLimit(), pace, HttpFront::isForOperators);
        this.deadlines = new BodyDeadlines(settings.bodyTimeout());
        List<SeedOperation> operations = SeedOperation.all(new SeedOperation.Shared(
                settings,
                admission,
                new RequestMetrics(metrics, admission),
                memory,
                pace,
                new KeyValue.Reader(settings.bodyLimitBytes())));
        SeedApi seedApi = new SeedApi(operations, admission, deadlines, settings.bodyLimitBytes());
        PlainConnection.Shared plain =
                PlainConnection.Shared.of(settings.contextPath(), operations, settings.apiKey(), admission, deadlines);
        registerGauges(metrics, memory, pace);
        this.server = WebServer.builder()
                .port(settings.serverPort())
                .shutdownHook(false)
                .maxTcpConnections(seats.most() + CONNECTIONS_OF_OTHERS)
                .maxPayloadSize(settings.bodyLimitBytes() + TOLERATED_EXCESS_BYTES)
                // NIO in this Helidon loses what a slow reader does not take at once: the peer link refuses it.
                .useNio(false)
                // A time-out of the socket costs a timer, which another thread keeps, at each request.
                .connectionOptions(SocketOptions.builder()
                        .tcpNoDelay(true)
                        .readTimeout(Duration.ZERO)
                        .build())
                .idleConnectionTimeout(IDLE_TIMEOUT)
                .idleConnectionPeriod(IDLE_CHECK_PERIOD)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(seats.seating(plain.before(Http1ConnectionSelector.builder()
                        .config(Http1Config.create())
                        .upgraders(Map.of(upgrader.supportedProtocol(), upgrader))
                        .build())))
                .directHandlers(directHandlers())
                .featuresDiscoverServices(false)
                .addFeature(observers(admission))
                .routing(routing -> routing(routing, seedApi, new MetricsPage(metrics), v1))
                .build();
    }

    private void registerGauges(HelidonMetrics metrics, RequestMemory memory, RefusalPace pace) {
        metrics.gauge("mostdb_connections", "Connections of clients", "", seats::seated);
        metrics.gauge("mostdb_request_memory_bytes", "Memory that requests hold", "", memory::takenBytes);
        metrics.gauge("mostdb_refusals_waiting", "Refused requests that wait for their answer", "", pace::waiting);
    }

    /**
     * Listens from now on.
     *
     * @throws StartRefusedException with one sentence, if the port cannot be had
     */
    void open() {
        deadlines.start();
        server.start();
        if (!server.isRunning()) {
            throw new StartRefusedException("MOSTDB_SERVER_PORT=" + settings.serverPort() + " can't be listened on ("
                    + whyNot() + "): stop what uses the port, or choose another one.");
        }
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        deadlines.close();
        server.stop();
    }

    /** The server keeps the reason to itself, so the port is asked for once more. */
    private String whyNot() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(settings.serverPort()));
            return "it was in use a moment ago";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void routing(HttpRouting.Builder routing, SeedApi seedApi, MetricsPage metrics, HttpService... v1) {
        routing.addFilter(seats::filter);
        routing.addFilter(HttpFront::closeWhereNeeded);
        settings.apiKey().ifPresent(key -> requireKey(routing, key));
        routing.register(settings.contextPath().isEmpty() ? "/" : settings.contextPath(), seedApi);
        routing.register(METRICS, metrics);
        routing.register("/v1", v1);
    }

    /**
     * The server itself only repeats {@code Connection: close}, and would keep the connection until it is idle. And it
     * would gather each chunk of a body that nobody reads, however long, to throw it away.
     */
    private static void closeWhereNeeded(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        chain.proceed();
        if (!response.isSent()) {
            return;
        }
        if (request.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the client asked to close");
        }
        if (request.headers().contains(HeaderValues.TRANSFER_ENCODING_CHUNKED)
                && !request.content().consumed()) {
            throw new CloseConnectionException("a body in chunks that nobody reads");
        }
    }

    private static void requireKey(HttpRouting.Builder routing, ApiKey key) {
        HeaderName header = HeaderNames.create(key.headerName());
        Answer refusal = Answer.unauthorized(key.headerName());
        routing.addFilter((chain, request, response) -> {
            if (isHealth(request.path().path())
                    || request.headers().first(header).filter(key::matches).isPresent()) {
                chain.proceed();
            } else {
                refusal.send(response);
            }
        });
    }

    private static boolean isHealth(String path) {
        return path.equals(HEALTH) || path.startsWith(HEALTH + "/");
    }

    /** What must be seen above all while there are too many clients. */
    private static boolean isForOperators(String path) {
        return isHealth(path) || path.equals(METRICS) || path.equals("/v1/cluster");
    }

    private static ObserveFeature observers(Admission admission) {
        return ObserveFeature.builder()
                .observersDiscoverServices(false)
                .addObserver(HealthObserver.builder()
                        .endpoint(HEALTH)
                        .details(true)
                        .useSystemServices(false)
                        .addHealthChecks(Health.checks(admission))
                        .build())
                .build();
    }

    /** What the server refuses by itself, such as an unknown path or a malformed request, in the API's shape. */
    private static DirectHandlers directHandlers() {
        DirectHandler inShape = (request, type, status, headers, message) -> {
            Answer answer = Answer.refusal(status, words(status, message));
            DirectHandler.TransportResponse.Builder response = DirectHandler.TransportResponse.builder()
                    .status(status)
                    .header(Answer.JSON)
                    .entity(answer.body());
            headers.forEach(response::header);
            return response.build();
        };
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, inShape);
        }
        return handlers.build();
    }

    private static String words(Status status, String message) {
        if (status.code() == Status.NOT_FOUND_404.code()) {
            return "There is nothing at this path.";
        }
        if (status.code() == Status.REQUEST_ENTITY_TOO_LARGE_413.code()) {
            return "The body is longer than allowed (" + SettingsTable.BODY_LIMIT_BYTES.name() + ").";
        }
        if (status.code() == Status.HTTP_VERSION_NOT_SUPPORTED_505.code()) {
            return "This node speaks HTTP/1.1.";
        }
        if (status.code() >= Status.INTERNAL_SERVER_ERROR_500.code()) {
            return "Unexpected; with MOSTDB_LOG_LEVEL=DEBUG the log of this node says more.";
        }
        return message == null || message.isEmpty() ? status.reasonPhrase() : message;
    }
}
