package org.mostdb.server;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.mostdb.api.NodeId;

/** A peer that may misbehave: a socket and nothing else. */
final class RawPeer implements AutoCloseable {

    private static final int READ_TIMEOUT_MILLIS = 20_000;

    final Socket socket;
    final DataOutputStream out;

    private RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        this.out = new DataOutputStream(socket.getOutputStream());
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    }

    static RawPeer connect(int port) throws IOException {
        return new RawPeer(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** An upgraded connection. */
    static RawPeer upgraded(int port, NodeId id, long epoch) throws IOException {
        RawPeer peer = connect(port);
        String answer = peer.upgrade(headers(id, epoch));
        if (!answer.startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError(answer);
        }
        return peer;
    }

    static String headers(NodeId id, long epoch) {
        return String.join(
                "\r\n",
                "Host: localhost",
                "Mostdb-Link: 1",
                "Mostdb-Protocol: " + PeerTestNode.PROTOCOL,
                "Mostdb-Node: " + id,
                "Mostdb-Epoch: " + epoch);
    }

    /** Sends the request, and reads the head of the answer, with its body where it is a refusal. */
    String upgrade(String... headers) throws IOException {
        String request = "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: mostdb-peer\r\n"
                + String.join("\r\n", headers) + "\r\n\r\n";
        out.write(request.getBytes(StandardCharsets.UTF_8));
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\n") < 0) {
            answer.append((char) socket.getInputStream().read());
        }
        if (!answer.toString().startsWith("HTTP/1.1 101 ")) {
            answer.append(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
        return answer.toString();
    }

    void frame(byte[] message) throws IOException {
        out.writeInt(message.length);
        out.write(message);
    }

    /** Whether the other side has ended the connection, after all that it sent. */
    boolean isCutOff() {
        try {
            while (socket.getInputStream().read() >= 0) {
                // What still comes does not matter.
            }
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
