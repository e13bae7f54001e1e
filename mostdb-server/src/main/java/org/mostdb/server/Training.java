package org.mostdb.server;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/**
 * A short life of three nodes in one process, with a load of all kinds of requests, which the JVM looks at to make its
 * ahead-of-time cache ({@code -XX:AOTCacheOutput}): later starts find their classes linked, and know which methods are
 * worth compiling. With a single node it would not see what nodes say to each other. It takes free ports, and ends by
 * itself.
 */
public final class Training {

    private static final int NODES = 3;
    private static final int CONNECTIONS = 24;
    private static final int KEYS = 5_000;
    private static final Duration LOAD = Duration.ofSeconds(4);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final List<Integer> ports;
    private final long loadEndNanos;

    private Training(List<Integer> ports, long loadEndNanos) {
        this.ports = ports;
        this.loadEndNanos = loadEndNanos;
    }

    /**
     * Runs the nodes with data in a folder, and ends the process. What goes wrong is told, and what the JVM has seen
     * until then is still of use.
     *
     * @param arguments one: the folder, which must not exist or be empty
     */
    public static void main(String[] arguments) {
        Thread.ofPlatform().daemon().start(Training::endInTime);
        try {
            train(Path.of(arguments[0]));
        } catch (IOException | InterruptedException | RuntimeException e) {
            told("The training was cut short: " + e);
        }
        System.exit(0); // the first node ends as a server does
    }

    /** Whatever happens: a build waits for it. */
    private static void endInTime() {
        try {
            Thread.sleep(LONGEST);
        } catch (InterruptedException e) {
            told("The watch over the time was ended: " + e);
        }
        Runtime.getRuntime().halt(1);
    }

    private static void train(Path folder) throws IOException, InterruptedException {
        List<Integer> ports = freePorts();
        Main.start(environment(folder, ports, 0));
        Node second = start(environment(folder, ports, 1));
        start(environment(folder, ports, 2));
        awaitCluster(ports.getFirst());
        new Training(ports, System.nanoTime() + LOAD.toNanos()).run();
        second.close();
        start(environment(folder, ports, 1)); // now with a store to open
    }

    private static Node start(Map<String, String> environment) {
        return Node.start(Settings.of(environment), environment, Training::told, Training::told, Training::told);
    }

    private static void told(String reason) {
        System.getLogger(Training.class.getName()).log(System.Logger.Level.WARNING, reason);
    }

    private static Map<String, String> environment(Path folder, List<Integer> ports, int place) {
        String url = "http://127.0.0.1:";
        return Map.of(
                "MOSTDB_STORE_ROOT", folder.resolve(Integer.toString(place)).toString(),
                "MOSTDB_SERVER_PORT", ports.get(place).toString(),
                "MOSTDB_SERVER_URL", url + ports.get(place),
                "MOSTDB_CLUSTER_URLS", ports.stream().map(port -> url + port).collect(Collectors.joining(";")),
                "MOSTDB_DISK_RESERVE_MIB", "0");
    }

    private static List<Integer> freePorts() throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> free = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            free.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return free;
    }

    private static void awaitCluster(int port) throws IOException, InterruptedException {
        long endNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!page(port, "/health/ready").startsWith("HTTP/1.1 200")) {
            if (System.nanoTime() - endNanos > 0) {
                throw new IllegalStateException("the nodes form no cluster");
            }
            Thread.sleep(PAUSE);
        }
    }

    private static String page(int port, String path) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void run() throws IOException, InterruptedException {
        CountDownLatch done = new CountDownLatch(CONNECTIONS);
        for (int i = 0; i < CONNECTIONS; i++) {
            int first = i;
            Thread.ofVirtual().start(() -> {
                try {
                    load(first);
                } catch (IOException e) {
                    told("a connection failed: " + IoProblem.words(e));
                } finally {
                    done.countDown();
                }
            });
        }
        done.await();
        for (int port : ports) {
            page(port, "/v1/cluster");
            page(port, "/metrics");
        }
    }

    /** Sets and gets in turns, deletes now and then. */
    private void load(int first) throws IOException {
        String value = "mostdb ".repeat(14);
        try (Connection connection = new Connection(ports.get(first % NODES))) {
            for (int i = first; System.nanoTime() - loadEndNanos < 0; i += CONNECTIONS) {
                String key = "{\"key\":\"k" + i % KEYS + '"';
                connection.exchange("/mostdb/set", key + ",\"value\":\"" + value + i + "\"}");
                connection.exchange("/mostdb/get", key + '}');
                if (i % 20 == 0) {
                    connection.exchange("/mostdb/del", key + '}');
                }
            }
        }
    }

    /** One that stays open; the client of a library would leave marks of its own in what the JVM learns. */
    private static final class Connection implements AutoCloseable {

        private static final String LENGTH = "content-length:";

        private final Socket socket;
        private final InputStream input;

        Connection(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            input = new BufferedInputStream(socket.getInputStream());
        }

        /** Sends a request and reads its answer to the end. */
        void exchange(String path, String body) throws IOException {
            String request = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body;
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            int length = 0;
            for (String header = line(); !header.isEmpty(); header = line()) {
                if (header.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
                    length = Integer.parseInt(header.substring(LENGTH.length()).strip());
                }
            }
            input.skipNBytes(length);
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = input.read(); next != '\n'; next = input.read()) {
                if (next < 0) {
                    throw new EOFException("the node closed the connection");
                }
                if (next != '\r') {
                    line.append((char) next);
                }
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
