package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webclient.api.ClientConnection;
import io.helidon.webserver.ConnectionContext;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;

/**
 * An HTTP connection after its upgrade, from either end. One thread may read while another writes; any may close, which
 * ends both with an {@link IOException}.
 */
final class PeerSocket {

    private static final System.Logger LOG = System.getLogger(PeerSocket.class.getName());

    private final DataReader reader;
    private final HelidonSocket socket;
    private final Runnable closing;

    private PeerSocket(DataReader reader, HelidonSocket socket, Runnable closing) {
        this.reader = reader;
        this.socket = socket;
        this.closing = closing;
    }

    static PeerSocket accepted(ConnectionContext context) {
        HelidonSocket socket = context.serverSocket();
        return new PeerSocket(context.dataReader(), socket, socket::close);
    }

    static PeerSocket dialed(ClientConnection connection) {
        // Silence is watched by the link, which can tell a slow peer from a dead one.
        connection.readTimeout(Duration.ZERO);
        return new PeerSocket(connection.reader(), connection.helidonSocket(), connection::closeResource);
    }

    /** Waits for bytes and takes all that have come. */
    BufferData read() throws IOException {
        try {
            return reader.readBuffer();
        } catch (DataReader.InsufficientDataAvailableException e) {
            throw new EOFException("closed by the peer");
        } catch (RuntimeException e) {
            // Helidon wraps errors of the socket differently at either end; each of them ends the connection.
            throw new IOException(rootMessage(e), e);
        }
    }

    /** Past Helidon's own writers, which may buffer: the caller has gathered its bytes already. */
    void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            socket.write(BufferData.createReadOnly(bytes, offset, length));
        } catch (RuntimeException e) {
            throw new IOException(rootMessage(e), e);
        }
    }

    void close() {
        try {
            closing.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a peer connection that is closed already", e);
        }
    }

    /** The last words of a chain of exceptions, which name the cause. */
    static String rootMessage(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }
}
