package org.mostdb.load;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What answers as a test says, on a port of its own. */
final class StubNode implements AutoCloseable {

    static final String SUCCESS = "{\"code\":200,\"success\":true}";
    static final String NOT_FOUND = "{\"code\":500,\"message\":\"NotFound\",\"success\":false}";
    static final String NOT_MOST = "{\"code\":500,\"message\":\"NotMost\",\"success\":false}";

    /** What is answered to one request. */
    interface Answers {
        String to(String head, String body) throws InterruptedException;
    }

    private final Answers answers;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private ServerSocket listening;
    private Thread accepting;

    StubNode(Answers answers) throws IOException {
        this.answers = answers;
        listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        port = listening.getLocalPort();
        accepting = accept(listening);
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    static String ok(String body) {
        return answer("200 OK", body);
    }

    static String answer(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** Cuts all connections, and listens anew. */
    synchronized void restart() throws IOException, InterruptedException {
        close();
        accepting.join(); // it holds the port until it has noticed
        listening = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
        accepting = accept(listening);
    }

    private Thread accept(ServerSocket server) {
        return Thread.startVirtualThread(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    sockets.add(socket);
                    Thread.startVirtualThread(() -> serve(socket));
                } catch (IOException e) {
                    return; // closed
                }
            }
        });
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                String head = head(in);
                if (head.isEmpty()) {
                    return;
                }
                int length = Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
                String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
                socket.getOutputStream().write(answers.to(head, body).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException | InterruptedException e) {
            // Cut off, by the client or by close().
        } finally {
            sockets.remove(socket);
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Override
    public synchronized void close() {
        try {
            listening.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
