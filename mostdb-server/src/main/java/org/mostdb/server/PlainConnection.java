package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves the {@link PlainRequest}s of a connection by itself, without what a web server needs for any request there may
 * be: routes, filters, maps of headers. With the first request that is not plain the connection is the web server's,
 * for good, with all of that request still to be read. So there is one place that refuses, and one that knows HTTP.
 */
final class PlainConnection implements ServerConnection, InterruptableTask<Void> {

    private static final int LONGEST_HEAD_BYTES = 8 << 10;

    /** What all connections share. */
    record Shared(
            List<SeedOperation> operations,
            PlainRequest.Parser parser,
            Optional<ApiKey> apiKey,
            Admission admission,
            BodyDeadlines deadlines) {

        static Shared of(
                String contextPath,
                List<SeedOperation> operations,
                Optional<ApiKey> apiKey,
                Admission admission,
                BodyDeadlines deadlines) {
            List<String> paths = operations.stream()
                    .map(operation -> contextPath + "/" + operation.name())
                    .toList();
            String header = apiKey.map(ApiKey::headerName).orElse(null);
            return new Shared(operations, new PlainRequest.Parser(paths, header), apiKey, admission, deadlines);
        }

        /** The same selector, whose connections serve plain requests first. */
        ServerConnectionSelector before(ServerConnectionSelector selector) {
            return new Selector(this, selector);
        }
    }

    private final Shared shared;
    private final ServerConnection webServer;
    private final DataReader reader;
    private final DataWriter writer;
    private volatile @Nullable Thread thread;
    private volatile boolean isClosing;
    private volatile boolean isWaiting;
    private volatile boolean isWebServers;
    private volatile long lastRequestNanos = System.nanoTime();

    private PlainConnection(Shared shared, ServerConnection webServer, ConnectionContext context) {
        this.shared = shared;
        this.webServer = webServer;
        this.reader = context.dataReader();
        this.writer = context.dataWriter();
    }

    @Override
    public void handle(Limit requests) throws InterruptedException {
        thread = Thread.currentThread();
        while (!isClosing) {
            awaitRequest();
            PlainRequest request = plainRequest();
            if (request == null) {
                isWebServers = true;
                if (!isClosing) {
                    webServer.handle(requests);
                }
                return;
            }
            lastRequestNanos = System.nanoTime();
            reader.skip(request.headBytes());
            byte[] body = readBody(request.bodyBytes());
            shared.operations.get(request.path()).serve(new ReadBody(body), this::send);
            lastRequestNanos = System.nanoTime();
        }
    }

    private void awaitRequest() {
        isWaiting = true;
        try {
            reader.ensureAvailable();
        } catch (DataReader.InsufficientDataAvailableException e) {
            throw new CloseConnectionException("the client has closed the connection", e);
        } finally {
            isWaiting = false;
        }
    }

    /** The request that is next, if it is plain and nothing is to be refused of it. */
    private @Nullable PlainRequest plainRequest() {
        byte[] come = new byte[Math.min(reader.available(), LONGEST_HEAD_BYTES)];
        reader.getBuffer(come.length).read(come);
        PlainRequest request = shared.parser.parse(come);
        boolean isServed = request != null
                && ClientSeats.currentSits()
                && (shared.apiKey.isEmpty() || isRight(shared.apiKey.get(), request.apiKey()));
        return isServed ? request : null;
    }

    private static boolean isRight(ApiKey key, @Nullable String candidate) {
        return candidate != null && key.matches(candidate);
    }

    private byte[] readBody(int bytes) {
        if (bytes == 0) {
            return new byte[0];
        }
        if (reader.available() >= bytes) {
            return reader.readBytes(bytes);
        }
        shared.deadlines.begin();
        try {
            return reader.readBytes(bytes);
        } catch (RuntimeException e) {
            throw new CloseConnectionException("the client went away before its body was there", e);
        } finally {
            shared.deadlines.end();
        }
    }

    private void send(Answer answer) {
        boolean ends = shared.admission.stopping();
        try {
            writer.writeNow(BufferData.create(answer.http(ends)));
        } catch (UncheckedIOException e) {
            throw new CloseConnectionException("the client went away before its answer", e);
        }
        if (ends) {
            throw new CloseConnectionException("answered, and the connection is not to go on");
        }
    }

    /** A body that is there already. */
    private static final class ReadBody implements SeedOperation.Body {

        private final byte[] bytes;

        private ReadBody(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long declaredBytes() {
            return bytes.length;
        }

        @Override
        public byte[] read(int declaredBytes) {
            return bytes;
        }
    }

    @Override
    public boolean canInterrupt() {
        return isWebServers ? webServer instanceof InterruptableTask<?> task && task.canInterrupt() : isWaiting;
    }

    @Override
    public Duration idleTime() {
        return isWebServers ? webServer.idleTime() : Duration.ofNanos(System.nanoTime() - lastRequestNanos);
    }

    @Override
    public void close(boolean interrupt) {
        isClosing = true;
        if (isWebServers) {
            webServer.close(interrupt);
            return;
        }
        Thread served = thread;
        if (served != null && (interrupt || isWaiting)) {
            served.interrupt();
        }
    }

    private record Selector(Shared shared, ServerConnectionSelector selector) implements ServerConnectionSelector {

        @Override
        public int bytesToIdentifyConnection() {
            return selector.bytesToIdentifyConnection();
        }

        @Override
        public Support supports(BufferData data) {
            return selector.supports(data);
        }

        @Override
        public Set<String> supportedApplicationProtocols() {
            return selector.supportedApplicationProtocols();
        }

        @Override
        public ServerConnection connection(ConnectionContext context) {
            return new PlainConnection(shared, selector.connection(context), context);
        }
    }
}
