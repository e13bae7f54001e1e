package org.mostdb.server;

import io.helidon.http.DateTime;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.OutcomeUnknownException;
import org.mostdb.api.OverloadedException;
import org.mostdb.api.StorageException;
import org.mostdb.api.StorageFullException;
import org.mostdb.api.UnsupportedByPolicyException;

/** An answer of the seed API: the HTTP status, and the JSON object whose fields and order are the original's. */
final class Answer {

    static final Header JSON = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json; charset=utf-8");
    private static final int INSUFFICIENT_STORAGE = 507;
    private static final Header RETRY_AFTER = HeaderValues.createCached(HeaderNames.RETRY_AFTER, "1");

    static final Answer OK = new Answer(Status.OK_200, ascii("{\"code\":200,\"success\":true}"), "ok");
    static final Answer NOT_FOUND = inBody("NotFound", "not_found");
    static final Answer NOT_MOST = inBody("NotMost", "not_applied");
    static final Answer NOT_MOST_UNKNOWN = inBody("NotMost", "unknown");
    static final Answer WRONG_ARGUMENT = inBody("参数有误", "invalid");
    static final Answer STARTING = overloaded("This node is still starting.").countedAs("unavailable");
    static final Answer STOPPING =
            refusal(Status.SERVICE_UNAVAILABLE_503, "This node is stopping.").countedAs("unavailable");

    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] FOUND_KEY = ascii("{\"code\":200,\"success\":true,\"result\":{\"key\":");
    private static final byte[] FOUND_VALUE = ascii(",\"value\":");
    private static final byte[] FOUND_END = ascii("}}");

    private final Status status;
    private final byte[] body;
    private final String outcome;
    private final boolean isOverload;
    /** Volatile, as other threads are to see all of it. */
    private volatile byte @Nullable [] keepAliveHead;

    Answer(Status status, byte[] body, String outcome) {
        this(status, body, outcome, false);
    }

    private Answer(Status status, byte[] body, String outcome, boolean isOverload) {
        this.status = status;
        this.body = body;
        this.outcome = outcome;
        this.isOverload = isOverload;
    }

    /** For reading only. */
    byte[] body() {
        return body;
    }

    /** What it is counted under in the metrics. */
    String outcome() {
        return outcome;
    }

    /** Whether it refuses for now what many clients may ask for again at once: see {@link RefusalPace}. */
    boolean isOverload() {
        return isOverload;
    }

    /** A key that is present, with its value. */
    static Answer found(Bytes key, Bytes value) {
        byte[] body = new JsonText(key.size() + value.size() + 80)
                .raw(FOUND_KEY)
                .string(key.array())
                .raw(FOUND_VALUE)
                .string(value.array())
                .raw(FOUND_END)
                .toBytes();
        return new Answer(Status.OK_200, body, "ok");
    }

    /** A request that was not admitted, or could not be served: its true status, in the body as well. */
    static Answer refusal(Status status, String message) {
        return new Answer(status, body(status.code(), message), "refused");
    }

    static Answer unauthorized(String headerName) {
        return refusal(
                Status.UNAUTHORIZED_401,
                "The API key is missing or wrong: send it in the header " + headerName + " (MOSTDB_API_KEY_NAME).");
    }

    /** A refusal for now: trying again, a little later, is right. */
    static Answer overloaded(String message) {
        Status status = Status.SERVICE_UNAVAILABLE_503;
        return new Answer(status, body(status.code(), message), "overloaded", true);
    }

    /** The one table from what went wrong to what is answered. */
    static Answer of(MostDbException e) {
        return switch (e) {
            case MajorityUnavailableException notApplied -> NOT_MOST;
            case OutcomeUnknownException unknown -> NOT_MOST_UNKNOWN;
            case InvalidRequestException invalid -> WRONG_ARGUMENT;
            case OverloadedException overloaded -> overloaded(message(e));
            case StorageFullException full ->
                refusal(Status.create(INSUFFICIENT_STORAGE, "Insufficient Storage"), message(e))
                        .countedAs("full");
            case StorageException failed ->
                refusal(Status.SERVICE_UNAVAILABLE_503, message(e)).countedAs("failed");
            case UnsupportedByPolicyException unsupported -> refusal(Status.NOT_IMPLEMENTED_501, message(e));
        };
    }

    Answer countedAs(String other) {
        return new Answer(status, body, other, isOverload);
    }

    void send(ServerResponse response) {
        response.status(status);
        response.header(JSON);
        if (isRefusedForNow()) {
            response.header(RETRY_AFTER);
        }
        try {
            response.send(body);
        } catch (UncheckedIOException e) {
            throw new CloseConnectionException("the client went away before its answer", e);
        }
    }

    /**
     * The whole answer as it goes over the connection, with the headers that {@link #send} makes the web server send.
     *
     * @param closes whether the connection does not go on
     */
    byte[] http(boolean closes) {
        byte[] head = closes ? head("close") : keepAliveHead();
        byte[] date = DateTime.http1Bytes();
        return ByteBuffer.allocate(head.length + date.length + LINE_END.length + body.length)
                .put(head)
                .put(date)
                .put(LINE_END)
                .put(body)
                .array();
    }

    /** Made once, as many answers are given again and again. */
    private byte[] keepAliveHead() {
        byte[] head = keepAliveHead;
        if (head == null) {
            head = head("keep-alive");
            keepAliveHead = head;
        }
        return head;
    }

    /** All but the date. */
    private byte[] head(String connection) {
        return ascii("HTTP/1.1 " + status.code() + " " + status.reasonPhrase() + "\r\n"
                + (isRefusedForNow() ? line(RETRY_AFTER) : "")
                + line(JSON)
                + "Connection: " + connection + "\r\nContent-Length: " + body.length + "\r\nDate: ");
    }

    private static String line(Header header) {
        return header.name() + ": " + header.get() + "\r\n";
    }

    private boolean isRefusedForNow() {
        return status.code() == Status.SERVICE_UNAVAILABLE_503.code();
    }

    private static String message(MostDbException e) {
        return String.valueOf(e.getMessage());
    }

    private static Answer inBody(String message, String outcome) {
        return new Answer(Status.OK_200, body(500, message), outcome);
    }

    private static byte[] body(int code, String message) {
        return new JsonText(message.length() + 64)
                .raw("{\"code\":" + code + ",\"message\":")
                .string(message)
                .raw(",\"success\":false}")
                .toBytes();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
