package org.mostdb.load;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Asks each node for one key before a run, so that a run that cannot come to anything ends with a sentence at once. */
final class FirstContact {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final byte[] QUESTION = "{\"key\":\"k1\"}".getBytes(StandardCharsets.US_ASCII);

    private FirstContact() {}

    /** A run would come to nothing. */
    static final class FailedException extends Exception {

        private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message);
        }
    }

    /**
     * Returns a sentence for each node that cannot be reached.
     *
     * @throws FailedException if that is all of them, or a node does not know the API or the key
     */
    static List<String> with(LoadPlan plan) throws FailedException {
        List<String> unreachable = new ArrayList<>();
        for (Target target : plan.targets()) {
            try {
                check(target, status(target, plan));
            } catch (IOException e) {
                unreachable.add(target.host() + " cannot be reached (" + words(e) + ")");
            }
        }
        if (unreachable.size() == plan.targets().size()) {
            throw new FailedException(
                    "no node can be asked: " + String.join(", ", unreachable) + "; start one, or name another URL");
        }
        return unreachable;
    }

    private static void check(Target target, int status) throws FailedException {
        switch (status) {
            case HttpURLConnection.HTTP_UNAUTHORIZED ->
                throw new FailedException(target.host() + " asks for its API key: give it with --api-key");
            case HttpURLConnection.HTTP_NOT_FOUND ->
                throw new FailedException(
                        target.host() + " knows no " + target.path(Operation.GET) + ": give its --context-path");
            default -> {} // a node that is busy or starting may have come round when the run begins
        }
    }

    private static int status(Target target, LoadPlan plan) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                target.base().resolve(target.path(Operation.GET)).toURL().openConnection();
        connection.setConnectTimeout(Math.toIntExact(PATIENCE.toMillis()));
        connection.setReadTimeout(Math.toIntExact(PATIENCE.toMillis()));
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(QUESTION.length);
        connection.setRequestProperty("Content-Type", "application/json");
        plan.header().ifPresent(header -> connection.setRequestProperty(header.name(), header.value()));
        try {
            try (OutputStream body = connection.getOutputStream()) {
                body.write(QUESTION);
            }
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    private static String words(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return "no answer in " + Times.text(PATIENCE);
        }
        return String.valueOf(e.getMessage());
    }
}
