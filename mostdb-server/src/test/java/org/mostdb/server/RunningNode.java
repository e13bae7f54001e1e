package org.mostdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A node with the in-memory plugins on a free port, and a client for it. */
final class RunningNode implements AutoCloseable {

    private final Node node;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<String> stopReasons = new CopyOnWriteArrayList<>();

    private RunningNode(Map<String, String> environment) {
        node = Node.start(Settings.of(environment), environment, stopReasons::add, stopReasons::add, stopReasons::add);
    }

    /** @param more names and values of settings, in turns */
    static RunningNode start(Path root, String... more) {
        return new RunningNode(environment(root, more));
    }

    static Map<String, String> environment(Path root, String... more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "MOSTDB_STORE_ROOT", root.toString(),
                "MOSTDB_SERVER_PORT", "0",
                "MOSTDB_STORE_ENGINE", "memory",
                "MOSTDB_REPLICATION_POLICY", "memory"));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    int port() {
        return node.port();
    }

    Node node() {
        return node;
    }

    List<String> stopReasons() {
        return stopReasons;
    }

    /** The answer's status and body, such as {@code 200 {"code":200,"success":true}}. */
    String post(String path, String body, String... headers) {
        return post(path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    String post(String path, byte[] body, String... headers) {
        return shown(send(request(path, headers).POST(HttpRequest.BodyPublishers.ofByteArray(body))));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + node.port() + path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    String get(String path, String... headers) {
        return shown(send(request(path, headers).GET()));
    }

    /** Sends bytes as they are, and returns all that comes back until the other side closes. */
    String raw(String text) {
        try (Socket socket = new Socket("localhost", node.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String shown(HttpResponse<String> response) {
        return response.statusCode() + " " + response.body();
    }

    @Override
    public void close() {
        node.close();
        client.close();
    }
}
