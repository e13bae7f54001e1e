package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PlainSocket;
import io.helidon.webclient.api.ClientConnection;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A connection that this node dials. The WebClient asks over it for the upgrade, as over any blocking socket. From then
 * on it is never blocking: a message is given to the kernel by whoever sends it, and no other thread is woken for it,
 * unless the peer is slower than its sender.
 */
final class DialedSocket implements PeerSocket, ClientConnection, DataWriter {

    private static final System.Logger LOG = System.getLogger(DialedSocket.class.getName());

    private static final int READ_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final Selector readable = Selector.open();
    private final Selector writable = Selector.open();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BYTES);
    private final HelidonSocket upgrading;
    private final DataReader reader;

    private DialedSocket(SocketChannel connected) throws IOException {
        this.channel = connected;
        this.upgrading = PlainSocket.client(channel.socket(), "peer");
        this.reader = DataReader.create(upgrading);
    }

    /**
     * Waits until a channel is connected.
     *
     * @param channel just opened; closing it ends the wait
     * @param timeout for this, and for each answer until the upgrade
     */
    static DialedSocket connect(SocketChannel channel, URI address, Duration timeout) throws IOException {
        int timeoutMillis = Math.toIntExact(timeout.toMillis());
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.socket().connect(new InetSocketAddress(address.getHost(), address.getPort()), timeoutMillis);
        channel.socket().setSoTimeout(timeoutMillis);
        return new DialedSocket(channel);
    }

    /** Its upgrade was answered; it is a {@link PeerSocket} from now on. */
    void upgraded() throws IOException {
        channel.configureBlocking(false);
        channel.register(readable, SelectionKey.OP_READ);
        channel.register(writable, SelectionKey.OP_WRITE);
    }

    @Override
    public BufferData read() throws IOException {
        if (reader.available() > 0) {
            return reader.readBuffer(); // came along with the answer
        }
        while (true) {
            int count = channel.read(readBuffer);
            if (count < 0) {
                throw new EOFException("closed by the peer");
            }
            if (count > 0) {
                byte[] bytes = new byte[count];
                readBuffer.flip().get(bytes);
                readBuffer.clear();
                return BufferData.createReadOnly(bytes, 0, count);
            }
            await(readable);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
        while (left.hasRemaining()) {
            if (channel.write(left) == 0) {
                await(writable);
            }
        }
    }

    @Override
    public void writeAtOnce(ByteBuffer bytes) throws IOException {
        channel.write(bytes);
    }

    private static void await(Selector selector) throws IOException {
        try {
            selector.select();
            selector.selectedKeys().clear();
        } catch (ClosedSelectorException e) {
            throw new IOException("closed by this node", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            readable.close();
            writable.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a peer connection", e);
        }
    }

    // What the WebClient needs until the upgrade.

    @Override
    public DataReader reader() {
        return reader;
    }

    @Override
    public DataWriter writer() {
        return this;
    }

    @Override
    public void write(BufferData... buffers) {
        writeNow(buffers);
    }

    @Override
    public void write(BufferData buffer) {
        writeNow(buffer);
    }

    @Override
    public void writeNow(BufferData... buffers) {
        for (BufferData buffer : buffers) {
            writeNow(buffer);
        }
    }

    @Override
    public void writeNow(BufferData buffer) {
        upgrading.write(buffer);
    }

    @Override
    public String channelId() {
        return upgrading.childSocketId();
    }

    @Override
    public HelidonSocket helidonSocket() {
        return upgrading;
    }

    @Override
    public void readTimeout(Duration readTimeout) {
        try {
            channel.socket().setSoTimeout(Math.toIntExact(readTimeout.toMillis()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void releaseResource() {
        close();
    }

    @Override
    public void closeResource() {
        close();
    }
}
