package org.mostdb.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Some of the connections, driven by one thread: it sends what is due on connections that are free, and takes the time
 * of answers as it reads them. A connection that is lost is made anew after a pause, and the others go on.
 */
final class LoadLoop implements AutoCloseable {

    private static final long RETRY_PAUSE_NANOS = Duration.ofMillis(100).toNanos();
    private static final long SWEEP_MILLIS = 20;
    private static final long SWEEP_NANOS = Duration.ofMillis(SWEEP_MILLIS).toNanos();

    private final List<Connection> connections;
    private final RequestText text;
    private final ByteBuffer request;
    private final long timeoutNanos;
    private final String noAnswer;
    private final LongSupplier clock;
    private final BooleanSupplier isStopped;
    private final Selector selector;
    private final Pacer pacer;
    private final Deque<Connection> free = new ArrayDeque<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private long sweepAtNanos;
    private int waiting;

    // Of the run under way.
    private Pace pace = Pace.closed(0, 0);
    private Requests requests = Requests.setsOfEach(1, 1);
    private Tally tally = new Tally();

    /**
     * @param clock nanoseconds, from 0 on
     * @param isStopped whether no more is to be sent, whatever is due
     */
    LoadLoop(
            List<Connection> connections,
            RequestText text,
            Duration timeout,
            LongSupplier clock,
            BooleanSupplier isStopped)
            throws IOException {
        this.connections = connections;
        this.text = text;
        this.clock = clock;
        this.isStopped = isStopped;
        timeoutNanos = timeout.toNanos();
        noAnswer = "no answer in " + Times.text(timeout);
        request = text.buffer(
                connections.stream().mapToInt(Connection::mostHeadBytes).max().orElse(0));
        selector = Selector.open();
        pacer = new Pacer(selector, clock);
    }

    /** How many requests were answered so far, for any thread. */
    long answered() {
        return answered.getOpaque();
    }

    /** How many failures were seen so far, for any thread. */
    long failed() {
        return failed.getOpaque();
    }

    /** Sends what is due until no more is, and returns once all of it was answered or has failed. */
    Tally run(Pace pace, Requests requests) throws IOException {
        this.pace = pace;
        this.requests = requests;
        tally = new Tally();
        long now = clock.getAsLong();
        sweep(now);
        while (true) {
            sendWhatIsDue(now);
            long due = due(now);
            if (due == Pace.NEVER && waiting == 0) {
                notSent(isStopped.getAsBoolean() ? 0 : pace.givenUp());
                return tally;
            }
            if (due > now && due != Pace.NEVER && !free.isEmpty()) {
                pacer.wakeAt(due);
            }
            selector.select(this::handle, SWEEP_MILLIS);
            now = clock.getAsLong();
            if (now >= sweepAtNanos) {
                sweep(now);
            }
        }
    }

    private long due(long now) {
        return isStopped.getAsBoolean() ? Pace.NEVER : pace.due(now);
    }

    private void sendWhatIsDue(long now) {
        while (!free.isEmpty()) {
            long due = due(now);
            if (due > now) {
                return;
            }
            pace.take();
            send(free.remove(), due, now);
        }
    }

    private void send(Connection connection, long due, long now) {
        waiting++;
        try {
            request.clear();
            connection.send(text, request, requests.operation(), requests.key(), due, now + timeoutNanos);
        } catch (IOException e) {
            lost(connection, words(e), now + RETRY_PAUSE_NANOS);
        }
    }

    private void handle(SelectionKey key) {
        Connection connection = (Connection) key.attachment();
        try {
            switch (connection.state()) {
                case CONNECTING -> {
                    connection.finishConnect();
                    free.add(connection);
                }
                case WAITING -> {
                    if (!key.isReadable()) {
                        connection.sendRest();
                    } else if (connection.read()) {
                        long now = clock.getAsLong();
                        answered(connection, now);
                        sendWhatIsDue(now);
                    }
                }
                case FREE -> throw new EOFException(); // what comes unasked is the end, or a farewell before it
                case DOWN -> {} // lost since it was selected
            }
        } catch (IOException e) {
            lost(connection, words(e), clock.getAsLong() + RETRY_PAUSE_NANOS);
        }
    }

    private void answered(Connection connection, long now) {
        waiting--;
        AnswerReader answer = connection.answer();
        Operation operation = connection.operation();
        if (answer.isSuccess()) {
            tally.answered(operation, true, now - connection.dueNanos(), now);
            increment(answered);
        } else {
            String failure = answer.failure();
            if (operation == Operation.GET && failure.equals("NotFound")) {
                tally.answered(operation, false, now - connection.dueNanos(), now);
                increment(answered);
            } else {
                tally.failed(operation, failure);
                increment(failed);
            }
        }
        if (connection.isSpent()) {
            connection.close(now);
        } else {
            free.add(connection);
        }
    }

    /** Counts what was under way on a connection, and lets it be made anew after a pause. */
    private void lost(Connection connection, String kind, long retryAtNanos) {
        switch (connection.state()) {
            case WAITING -> {
                waiting--;
                tally.failed(connection.operation(), kind);
                increment(failed);
            }
            case CONNECTING -> {
                tally.failed(kind, 1);
                increment(failed);
            }
            case FREE -> free.remove(connection); // a node may close what is idle
            case DOWN -> {}
        }
        connection.close(retryAtNanos);
    }

    private void notSent(long count) {
        if (count > 0) {
            tally.failed("not sent in time", count);
            failed.setOpaque(failed.getPlain() + count);
        }
    }

    /** Makes connections anew, and gives up those without an answer. */
    private void sweep(long now) {
        sweepAtNanos = now + SWEEP_NANOS;
        for (Connection connection : connections) {
            if (!connection.isOutOfPatience(now)) {
                continue;
            }
            if (connection.state() != Connection.State.DOWN) {
                lost(connection, noAnswer, now);
            }
            try {
                connection.connect(selector, now + timeoutNanos);
                if (connection.state() == Connection.State.FREE) {
                    free.add(connection);
                }
            } catch (IOException e) {
                lost(connection, words(e), now + RETRY_PAUSE_NANOS);
            }
        }
    }

    private static void increment(AtomicLong count) {
        count.setOpaque(count.getPlain() + 1); // no other thread writes it
    }

    /** Few kinds, so that they can be counted. */
    private static String words(IOException e) {
        return switch (e) {
            case ConnectException refused -> "connection refused";
            case EOFException closed -> "connection lost";
            case ProtocolException wrong -> String.valueOf(wrong.getMessage());
            default -> String.valueOf(e.getMessage()).contains("reset") ? "connection lost" : words(e.getMessage());
        };
    }

    private static String words(@Nullable String message) {
        return message == null || message.equals("Broken pipe") ? "connection lost" : message;
    }

    @Override
    public void close() throws IOException {
        pacer.close();
        connections.forEach(connection -> connection.close(Pace.NEVER));
        selector.close();
    }
}
