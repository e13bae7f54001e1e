package org.mostdb.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One connection to a node, which has one request under way at a time, and is made anew when it is lost. */
final class Connection {

    enum State {
        DOWN,
        CONNECTING,
        FREE,
        /** For an answer. */
        WAITING
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Target target;
    private final Map<Operation, byte[]> heads;
    private final AnswerReader answer = new AnswerReader();
    private State state = State.DOWN;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey selection;
    private ByteBuffer unsent = NOTHING;
    private Operation operation = Operation.GET;
    private long dueNanos;

    /** When its state ends unless something happens before: the next attempt, or the time-out. */
    private long patienceEndsNanos;

    Connection(Target target, LoadPlan plan) {
        this.target = target;
        heads = RequestText.heads(target, plan);
    }

    int mostHeadBytes() {
        return heads.values().stream().mapToInt(head -> head.length).max().orElse(0);
    }

    State state() {
        return state;
    }

    Operation operation() {
        return operation;
    }

    long dueNanos() {
        return dueNanos;
    }

    boolean isOutOfPatience(long nowNanos) {
        return state != State.FREE && nowNanos >= patienceEndsNanos;
    }

    AnswerReader answer() {
        return answer;
    }

    void connect(Selector selector, long patienceEndsNanos) throws IOException {
        this.patienceEndsNanos = patienceEndsNanos;
        state = State.CONNECTING;
        SocketChannel made = SocketChannel.open();
        channel = made;
        made.configureBlocking(false);
        made.setOption(StandardSocketOptions.TCP_NODELAY, true);
        boolean isDone = made.connect(target.address());
        selection = made.register(selector, isDone ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
        if (isDone) {
            state = State.FREE;
        }
    }

    void finishConnect() throws IOException {
        if (channel().finishConnect()) {
            selection().interestOps(SelectionKey.OP_READ);
            state = State.FREE;
        }
    }

    /** Sends a request. What the system does not take at once is kept, and sent by {@link #sendRest}. */
    void send(RequestText text, ByteBuffer empty, Operation operation, int key, long dueNanos, long patienceEndsNanos)
            throws IOException {
        this.operation = operation;
        this.dueNanos = dueNanos;
        this.patienceEndsNanos = patienceEndsNanos;
        state = State.WAITING;
        answer.clear();
        text.put(empty, Objects.requireNonNull(heads.get(operation)), operation, key);
        channel().write(empty);
        if (empty.hasRemaining()) {
            unsent = ByteBuffer.allocate(empty.remaining()).put(empty).flip();
            selection().interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
    }

    void sendRest() throws IOException {
        channel().write(unsent);
        if (!unsent.hasRemaining()) {
            unsent = NOTHING;
            selection().interestOps(SelectionKey.OP_READ);
        }
    }

    /** Reads, and returns whether the answer is complete. Then the connection is free again. */
    boolean read() throws IOException {
        if (!answer.read(channel())) {
            return false;
        }
        state = State.FREE;
        return true;
    }

    /**
     * Whether no further request can be sent on it: the node says so, or answered before it had taken all of the last.
     */
    boolean isSpent() {
        return answer.isLastOfConnection() || unsent.hasRemaining();
    }

    /** Closes it, until it is to be made anew. */
    void close(long retryAtNanos) {
        patienceEndsNanos = retryAtNanos;
        state = State.DOWN;
        unsent = NOTHING;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private SocketChannel channel() {
        if (channel == null) {
            throw new IllegalStateException("never connected");
        }
        return channel;
    }

    private SelectionKey selection() {
        if (selection == null) {
            throw new IllegalStateException("never connected");
        }
        return selection;
    }
}
