package org.mostdb.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.ConnectionContext;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A connection that a peer dialed. Helidon's sockets can only be written to by a thread that waits. */
final class AcceptedSocket implements PeerSocket {

    private static final System.Logger LOG = System.getLogger(AcceptedSocket.class.getName());

    private final DataReader reader;
    private final HelidonSocket socket;

    AcceptedSocket(ConnectionContext context) {
        this.reader = context.dataReader();
        this.socket = context.serverSocket();
    }

    /** Past Helidon's reader, once what it has is read: see {@link ConsumedInput}. */
    @Override
    public BufferData read() throws IOException {
        try {
            if (reader.available() > 0) {
                return reader.readBuffer();
            }
            byte[] bytes = socket.get();
            if (bytes == null) {
                throw new EOFException("closed by the peer");
            }
            return BufferData.create(bytes);
        } catch (RuntimeException e) {
            // Helidon wraps errors of the socket in different ways; each of them ends the connection.
            throw new IOException(PeerSocket.rootMessage(e), e);
        }
    }

    /** Past Helidon's own writers, which may buffer: the caller has gathered its bytes already. */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            socket.write(BufferData.createReadOnly(bytes, offset, length));
        } catch (RuntimeException e) {
            throw new IOException(PeerSocket.rootMessage(e), e);
        }
    }

    @Override
    public void writeAtOnce(ByteBuffer bytes) {
        // Nothing is taken: it could have to wait.
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a peer connection that is closed already", e);
        }
    }
}
