package org.mostdb.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The seed API of one node, as a client in another process sees it. Keys and values are put into JSON as they are, so
 * whatever needs escaping there has to be escaped already. Safe for use by many threads.
 */
public final class SeedClient implements AutoCloseable {

    /** The body of success. */
    public static final String SUCCESS = "{\"code\":200,\"success\":true}";
    /** The body for a key that is absent. */
    public static final String NOT_FOUND = "{\"code\":500,\"message\":\"NotFound\",\"success\":false}";
    /** The body for what found no majority in time. */
    public static final String NOT_MOST = "{\"code\":500,\"message\":\"NotMost\",\"success\":false}";
    /** The body for a request that is none. */
    public static final String BAD_PARAMETERS = "{\"code\":500,\"message\":\"参数有误\",\"success\":false}";

    // Far above every time-out of the server: when this one is over, the server has forgotten the request.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI url;

    /** Opens nothing yet. */
    public SeedClient(ServerProcess node) {
        this.url = node.url();
    }

    /** What came back: the HTTP status and the body. */
    public record Answer(int status, String body) {

        /** An answer with HTTP status 200. */
        public static Answer ok(String body) {
            return new Answer(200, body);
        }
    }

    /** The body that says that a key has a value. */
    public static String found(String key, String value) {
        return "{\"code\":200,\"success\":true,\"result\":{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}}";
    }

    /** Sets a key; returns the body of the answer. */
    public String set(String key, String value) {
        return post("/mostdb/set", "{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}")
                .body();
    }

    /** Reads a key; returns the body of the answer. */
    public String get(String key) {
        return post("/mostdb/get", "{\"key\":\"" + key + "\"}").body();
    }

    /** Deletes a key; returns the body of the answer. */
    public String delete(String key) {
        return post("/mostdb/del", "{\"key\":\"" + key + "\"}").body();
    }

    /** Sends a body with POST; headers are names and values by turns. */
    public Answer post(String path, String body, String... headers) {
        return send("POST", path, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    /**
     * Sends any request; headers are names and values by turns.
     *
     * @throws UncheckedIOException if there is no answer
     */
    public Answer send(String method, String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
