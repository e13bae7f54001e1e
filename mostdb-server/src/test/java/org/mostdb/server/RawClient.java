package org.mostdb.server;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client on one connection of its own, that sends pieces of a request as it likes. Used by one thread. */
final class RawClient implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        socket = new Socket("localhost", port);
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    RawClient ask(String path, String body) throws IOException {
        return send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /** The next answer, head and body. */
    String answer() throws IOException {
        StringBuilder answer = new StringBuilder();
        int end;
        while ((end = answer.indexOf("\r\n\r\n")) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("closed after: " + answer);
            }
            answer.append((char) next);
        }
        int from = answer.indexOf("Content-Length: ") + "Content-Length: ".length();
        int length = Integer.parseInt(answer.substring(from, answer.indexOf("\r\n", from)));
        byte[] body = in.readNBytes(length);
        return answer.substring(0, end) + "\n" + new String(body, StandardCharsets.UTF_8);
    }

    boolean isClosedByTheNode() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
