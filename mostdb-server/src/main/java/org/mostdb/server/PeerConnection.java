package org.mostdb.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.spi.PeerHello;

/**
 * One open connection with a node. A message is written by its sender, if nothing waits and the socket takes it without
 * waiting. Otherwise it waits in a queue; one thread of its own takes all that waits and writes it together, so many
 * messages share a write, and none waits for a timer. Reading is up to the thread that calls {@link #readAll}.
 */
final class PeerConnection {

    private static final System.Logger LOG = System.getLogger(PeerConnection.class.getName());

    private static final byte[] HEARTBEAT = new byte[0];
    private static final byte[] NOTHING = new byte[0];

    /** A frame that is longer is left to the writing thread. */
    private static final int AT_ONCE_BYTES = 32 * 1024;

    /** What a waiting message costs beside its bytes: array header, place in the queue, length on the wire. */
    private static final int MESSAGE_OVERHEAD_BYTES = 32;

    private final PeerSocket socket;
    private final PeerHello remote;
    private final boolean dialed;
    private final PeerLinkSettings settings;
    private final Thread writer;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition somethingToWrite = lock.newCondition();
    private ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean writing;
    /** Of a message whose beginning its sender has written. */
    private byte[] rest = NOTHING;

    private final ByteBuffer atOnce = ByteBuffer.allocateDirect(AT_ONCE_BYTES);

    private final AtomicReference<@Nullable String> closeReason = new AtomicReference<>();
    private volatile long lastReadNanos = System.nanoTime();
    private volatile long lastWriteNanos = System.nanoTime();

    PeerConnection(PeerSocket socket, PeerHello remote, boolean dialed, PeerLinkSettings settings) {
        this.socket = socket;
        this.remote = remote;
        this.dialed = dialed;
        this.settings = settings;
        this.writer = PeerThreads.unstarted("mostdb-peer-write-" + remote.node(), this::writeAll);
    }

    /** Who is at the other end. */
    PeerHello remote() {
        return remote;
    }

    /** Whether this node opened it. */
    boolean dialed() {
        return dialed;
    }

    boolean isOpen() {
        return closeReason.get() == null;
    }

    /** What waits to be written, with an allowance for each message. */
    long queuedBytes() {
        lock.lock();
        try {
            return queuedBytes;
        } finally {
            lock.unlock();
        }
    }

    /** See {@link org.mostdb.api.spi.PeerLink#send}. */
    boolean send(byte[] message) {
        long bytes = cost(message);
        lock.lock();
        try {
            // A single message is always taken, so that none is too great for an empty queue.
            if (!isOpen() || (queuedBytes > 0 && queuedBytes + bytes > settings.maxQueuedBytes())) {
                return false;
            }
            if (!isWrittenAtOnce(message)) {
                enqueue(message);
            }
            return true;
        } catch (IOException e) {
            close(PeerSocket.rootMessage(e));
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean isWrittenAtOnce(byte[] message) throws IOException {
        if (writing || queuedBytes > 0 || Integer.BYTES + message.length > AT_ONCE_BYTES) {
            return false;
        }
        atOnce.clear();
        atOnce.putInt(message.length).put(message).flip();
        socket.writeAtOnce(atOnce);
        if (atOnce.position() == 0) {
            return false;
        }
        lastWriteNanos = System.nanoTime();
        if (atOnce.hasRemaining()) {
            rest = new byte[atOnce.remaining()];
            atOnce.get(rest);
            queuedBytes += rest.length;
            somethingToWrite.signal();
        }
        return true;
    }

    private void enqueue(byte[] message) {
        queue.add(message);
        queuedBytes += cost(message);
        if (!writing) {
            somethingToWrite.signal();
        }
    }

    private static long cost(byte[] message) {
        return (long) message.length + MESSAGE_OVERHEAD_BYTES;
    }

    /** Starts writing what is queued. Called once. */
    void startWriter() {
        writer.start();
    }

    /**
     * Reads until the connection ends, in whichever way.
     *
     * @param messages gets each message
     * @return why it ended
     */
    String readAll(Consumer<byte[]> messages) {
        FrameReader frames = new FrameReader(
                () -> {
                    var piece = socket.read();
                    lastReadNanos = System.nanoTime();
                    return piece;
                },
                settings.maxMessageBytes());
        try {
            while (true) {
                byte[] message = frames.next();
                if (message.length > 0) {
                    messages.accept(message);
                }
            }
        } catch (FrameException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "closing the connection with node {0}: {1}",
                    remote.node(),
                    e.getMessage());
            return close(PeerSocket.rootMessage(e));
        } catch (IOException e) {
            return close(PeerSocket.rootMessage(e));
        }
    }

    private void writeAll() {
        FrameWriter frames = new FrameWriter((bytes, offset, length) -> {
            lastWriteNanos = System.nanoTime();
            socket.write(bytes, offset, length);
            lastWriteNanos = System.nanoTime();
        });
        ArrayDeque<byte[]> batch = new ArrayDeque<>();
        try {
            while (true) {
                batch = takeAll(batch);
                if (!isOpen()) {
                    return;
                }
                byte[] first = takeRest();
                long bytes = first.length;
                frames.rest(first);
                for (byte[] message = batch.poll(); message != null; message = batch.poll()) {
                    bytes += cost(message);
                    frames.append(message);
                }
                frames.flush();
                written(bytes);
            }
        } catch (IOException e) {
            close(PeerSocket.rootMessage(e));
        }
    }

    private byte[] takeRest() {
        lock.lock();
        try {
            byte[] taken = rest;
            rest = NOTHING;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for messages and exchanges their queue for an empty one; itself empty once closed. */
    private ArrayDeque<byte[]> takeAll(ArrayDeque<byte[]> empty) {
        lock.lock();
        try {
            writing = false;
            while (queue.isEmpty() && rest.length == 0 && isOpen()) {
                somethingToWrite.awaitUninterruptibly();
            }
            if (!isOpen()) {
                queue.clear();
                return new ArrayDeque<>();
            }
            writing = true;
            ArrayDeque<byte[]> taken = queue;
            queue = empty;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Only now: bytes that are being written still hold memory, and count against the limit. */
    private void written(long bytes) {
        lock.lock();
        try {
            queuedBytes -= bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Sends a heartbeat when it is due, and closes a connection whose other end does not answer. */
    void watch(long nowNanos) {
        long silenceNanos = settings.silenceTimeout().toNanos();
        if (nowNanos - lastReadNanos > silenceNanos) {
            close("nothing heard for " + settings.silenceTimeout().toMillis() + " ms");
            return;
        }
        boolean stuck;
        lock.lock();
        try {
            long sinceWriteNanos = nowNanos - lastWriteNanos;
            stuck = writing && sinceWriteNanos > silenceNanos;
            if (!writing
                    && queue.isEmpty()
                    && isOpen()
                    && sinceWriteNanos >= settings.heartbeatInterval().toNanos()) {
                enqueue(HEARTBEAT);
            }
        } finally {
            lock.unlock();
        }
        if (stuck) {
            close("the peer did not read for " + settings.silenceTimeout().toMillis() + " ms");
        }
    }

    /**
     * Ends both directions; harmless if they have ended.
     *
     * @return why it was closed first
     */
    String close(String reason) {
        String earlier = closeReason.compareAndExchange(null, reason);
        if (earlier != null) {
            return earlier;
        }
        lock.lock();
        try {
            somethingToWrite.signalAll();
        } finally {
            lock.unlock();
        }
        socket.close();
        return reason;
    }

    /** Waits for the writing thread to end, after {@link #close}. */
    void awaitWriter() throws InterruptedException {
        writer.join();
    }
}
