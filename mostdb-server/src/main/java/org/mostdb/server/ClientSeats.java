package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the connections of clients, and never those of peers, which come to the same port. Which of both a connection
 * is shows only once it asks for something. So a connection beyond the limit is let in without a seat: if it turns out
 * to be a peer's it stays, if a client asks for something it is answered 503 and closed, and of those that say nothing
 * the oldest is closed when there are many.
 */
final class ClientSeats {

    /** The one whose thread this is. */
    private static final ScopedValue<Seat> CURRENT = ScopedValue.newInstance();

    private static final int MOST_STANDING = 256;
    private static final int FEWEST_STANDING = 16;

    private final int limit;
    private final int standingLimit;
    private final Answer refusal;
    private final RefusalPace pace;
    private final Predicate<String> openToAll;
    private final Set<Seat> standing = new LinkedHashSet<>();
    private int seated;

    /** @param openToAll which paths are answered on connections without a seat, too */
    ClientSeats(int limit, RefusalPace pace, Predicate<String> openToAll) {
        this.limit = limit;
        this.standingLimit = Math.clamp(limit / 4, FEWEST_STANDING, MOST_STANDING);
        this.pace = pace;
        this.openToAll = openToAll;
        this.refusal = Answer.overloaded("This node has " + Count.of(limit, "connection")
                + " of clients (MOSTDB_CONNECTION_LIMIT): close some, or try again in a moment.");
    }

    /** How many connections of clients may be open, those without a seat among them. */
    int most() {
        return limit + standingLimit;
    }

    /** How many connections of clients have a seat. */
    synchronized int seated() {
        return seated;
    }

    /** The connection of this thread has become a peer's. */
    static void currentIsPeer() {
        if (CURRENT.isBound()) {
            CURRENT.get().leave();
        }
    }

    /**
     * A request has come on the connection of this thread, and is about to be served: lets go of what was read before.
     *
     * @return whether the connection has a seat now
     */
    static boolean currentSits() {
        Seat seat = CURRENT.get();
        seat.input.letGo();
        return seat.sit();
    }

    /** The same selector, whose connections take a seat each. */
    ServerConnectionSelector seating(ServerConnectionSelector selector) {
        return new SeatingSelector(selector);
    }

    /** Refuses what comes on a connection without a seat. */
    void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (currentSits() || openToAll.test(request.path().path())) {
            chain.proceed();
            return;
        }
        Seat seat = CURRENT.get();
        seat.pause();
        response.header(HeaderValues.CONNECTION_CLOSE);
        refusal.send(response);
        if (seat.mayTakeTime()) {
            readRest(request);
        }
        throw new CloseConnectionException("too many connections of clients");
    }

    /** With the end of the body unread, the client would often see a reset instead of the answer. */
    private static void readRest(RoutingRequest request) {
        boolean ends = request.headers().contains(HeaderNames.CONTENT_LENGTH)
                && !request.headers().contains(HeaderValues.EXPECT_100);
        if (ends && !request.content().consumed()) {
            try {
                request.content().consume();
            } catch (RuntimeException e) {
                throw new CloseConnectionException("closed while the rest of a refused request came", e);
            }
        }
    }

    private synchronized void add(Seat seat) {
        if (seated < limit) {
            seat.state = State.SEATED;
            seated++;
            return;
        }
        seat.state = State.STANDING;
        standing.add(seat);
        if (standing.size() > standingLimit) {
            Seat oldest = standing.iterator().next();
            standing.remove(oldest);
            oldest.end();
        }
    }

    private enum State {
        SEATED,
        STANDING,
        GONE
    }

    /** The place of one connection. */
    private final class Seat {

        private final ServerConnection connection;
        private final ConsumedInput input;
        private State state = State.GONE;
        private @Nullable Thread pausing;
        private boolean isAnswering;

        private Seat(ServerConnection connection, DataReader reader) {
            this.connection = connection;
            this.input = new ConsumedInput(reader);
        }

        /** Whether it has a seat, now that it asks for something. */
        private boolean sit() {
            if (state == State.SEATED) {
                return true; // only this connection's own thread changes that
            }
            synchronized (ClientSeats.this) {
                if (state == State.STANDING && seated < limit) {
                    standing.remove(this);
                    state = State.SEATED;
                    seated++;
                }
                return state == State.SEATED;
            }
        }

        /** Before a refusal; over at once if others need the place. */
        private void pause() {
            synchronized (ClientSeats.this) {
                isAnswering = true;
                if (state == State.GONE) {
                    return;
                }
                pausing = Thread.currentThread();
            }
            pace.await();
            synchronized (ClientSeats.this) {
                pausing = null;
                // That was it being told to hurry; the answer could not be written with it.
                boolean unused = Thread.interrupted();
            }
        }

        /** After the answer: whether nobody needs the place yet. */
        private boolean mayTakeTime() {
            synchronized (ClientSeats.this) {
                isAnswering = false;
                return state != State.GONE;
            }
        }

        /** Makes place for others: what is about to be refused is refused now, and any other one closed. */
        private void end() {
            state = State.GONE;
            if (pausing != null) {
                pausing.interrupt();
            } else if (!isAnswering) {
                connection.close(true);
            }
        }

        private void leave() {
            synchronized (ClientSeats.this) {
                if (state == State.SEATED) {
                    seated--;
                }
                standing.remove(this);
                state = State.GONE;
            }
        }
    }

    private final class SeatingSelector implements ServerConnectionSelector {

        private final ServerConnectionSelector selector;

        private SeatingSelector(ServerConnectionSelector selector) {
            this.selector = selector;
        }

        @Override
        public int bytesToIdentifyConnection() {
            return selector.bytesToIdentifyConnection();
        }

        /** There is no other protocol: what is not HTTP/1.1 is told so, and not just closed. */
        @Override
        public Support supports(BufferData data) {
            return Support.SUPPORTED;
        }

        @Override
        public Set<String> supportedApplicationProtocols() {
            return selector.supportedApplicationProtocols();
        }

        @Override
        public ServerConnection connection(ConnectionContext context) {
            return new SeatedConnection(selector.connection(context), context.dataReader());
        }
    }

    private final class SeatedConnection implements ServerConnection, InterruptableTask<Void> {

        private final ServerConnection connection;
        private final DataReader reader;

        private SeatedConnection(ServerConnection connection, DataReader reader) {
            this.connection = connection;
            this.reader = reader;
        }

        @Override
        public void handle(Limit requests) throws InterruptedException {
            Seat seat = new Seat(connection, reader);
            add(seat);
            try {
                ScopedValue.where(CURRENT, seat).call(() -> {
                    connection.handle(requests);
                    return seat;
                });
            } finally {
                seat.leave();
            }
        }

        @Override
        public boolean canInterrupt() {
            return connection instanceof InterruptableTask<?> task && task.canInterrupt();
        }

        @Override
        public Duration idleTime() {
            return connection.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            connection.close(interrupt);
        }
    }
}
