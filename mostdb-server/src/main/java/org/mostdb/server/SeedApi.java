package org.mostdb.server;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.mostdb.api.Bytes;
import org.mostdb.api.Entry;
import org.mostdb.api.MostDbException;
import org.mostdb.api.spi.ReplicationPolicy;

/** The API of the original: {@code POST set}, {@code get} and {@code del} under the context path. */
final class SeedApi implements HttpService {

    private static final System.Logger LOG = System.getLogger(SeedApi.class.getName());

    /** One helps less, and eight no more: docs/performance.md. */
    private static final int TURNS_OF_OTHERS = 3;

    private static final Answer NO_MEMORY = Answer.overloaded(
            "The requests under way hold all memory that they may (MOSTDB_REQUEST_MEMORY_MIB): try again in a moment.");

    private final Settings settings;
    private final Admission admission;
    private final RequestMetrics metrics;
    private final RequestMemory memory;
    private final RefusalPace pace;
    private final BodyDeadlines deadlines;
    private final KeyValue.Reader reader;

    SeedApi(
            Settings settings,
            Admission admission,
            RequestMetrics metrics,
            RequestMemory memory,
            RefusalPace pace,
            BodyDeadlines deadlines) {
        this.settings = settings;
        this.admission = admission;
        this.metrics = metrics;
        this.memory = memory;
        this.pace = pace;
        this.deadlines = deadlines;
        this.reader = new KeyValue.Reader(settings.bodyLimitBytes());
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/set", handler(metrics.operation("set"), this::set));
        rules.post("/get", handler(metrics.operation("get"), this::get));
        rules.post("/del", handler(metrics.operation("del"), this::delete));
        Handler onlyPost = only("POST");
        rules.any("/set", onlyPost).any("/get", onlyPost).any("/del", onlyPost);
    }

    /** One operation on the policy; throws what {@link Answer#of} knows. */
    private interface Operation {
        Answer run(ReplicationPolicy policy, KeyValue request, RequestMemory.Share share);
    }

    private Handler handler(RequestMetrics.Operation measured, Operation operation) {
        return (request, response) -> {
            long begin = System.nanoTime();
            // Held until the answer is sent: a client that reads slowly keeps it in memory.
            try (RequestMemory.Share share = memory.share()) {
                Answer answer = admitted(request, operation, share);
                measured.record(answer.outcome(), System.nanoTime() - begin);
                if (answer.isOverload()) {
                    share.shrinkTo(0);
                    pauseBeforeRefusal();
                }
                send(answer, request, response);
            } catch (RequestException e) {
                // Where the body ends is not known any more, so the connection cannot go on.
                response.header(HeaderValues.CONNECTION_CLOSE);
                Answer.refusal(e.status(), "The body is not framed as HTTP asks for.")
                        .send(response);
                throw new CloseConnectionException("malformed body", e);
            }
            letOthersRun();
        };
    }

    /**
     * Until then the client has often sent its next request, which is then read at once: else the connection is handed
     * to the JDK's poller, and its thread is woken again. Costs little when no other thread waits to run.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing but speed depends on it
    private static void letOthersRun() {
        for (int i = 0; i < TURNS_OF_OTHERS; i++) {
            Thread.yield();
        }
    }

    private void pauseBeforeRefusal() {
        if (!admission.stopping()) {
            pace.await();
        }
    }

    /**
     * What is left of a body whose length is known is read and thrown away after the answer, in small pieces: if the
     * connection was closed on it instead, the client would often see a reset and not the answer. But a chunk would be
     * gathered before it is thrown away, however long it is, and a client that waits for leave to send may never send:
     * so then the connection is closed. So it is once the node stops: the next request on it would be lost.
     */
    private void send(Answer answer, ServerRequest request, ServerResponse response) {
        boolean closes = request.content().hasEntity()
                && !request.content().consumed()
                && (request.headers().contains(HeaderValues.TRANSFER_ENCODING_CHUNKED)
                        || request.headers().contains(HeaderValues.EXPECT_100));
        boolean ends = closes || admission.stopping();
        if (ends) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        answer.send(response);
        if (ends) {
            if (!closes) {
                throwAwayBody(request);
            }
            throw new CloseConnectionException("answered, and the connection is not to go on");
        }
    }

    private void throwAwayBody(ServerRequest request) {
        deadlines.begin();
        try {
            request.content().consume();
        } catch (RuntimeException e) {
            throw new CloseConnectionException("the client went away before its body was there", e);
        } finally {
            deadlines.end();
        }
    }

    private Answer admitted(ServerRequest request, Operation operation, RequestMemory.Share share) {
        Answer refusal = admission.tryEnter();
        if (refusal != null) {
            return refusal;
        }
        try {
            return answer(request, operation, share);
        } finally {
            admission.leave();
        }
    }

    private Answer answer(ServerRequest request, Operation operation, RequestMemory.Share share) {
        int limit = settings.bodyLimitBytes();
        long declared = declaredLength(request);
        if (declared > limit) {
            return tooLarge("body", limit, SettingsTable.BODY_LIMIT_BYTES);
        }
        // Without a length it may become as long as is allowed.
        if (!share.tryTake(RequestMemory.BYTES_PER_BODY_BYTE * (declared < 0 ? limit : declared))) {
            return NO_MEMORY;
        }
        byte[] body = readBody(request, (int) declared);
        if (body.length > limit) {
            return tooLarge("body", limit, SettingsTable.BODY_LIMIT_BYTES);
        }
        share.shrinkTo((long) RequestMemory.BYTES_PER_BODY_BYTE * body.length);
        try {
            KeyValue keyValue = reader.read(body);
            if (keyValue.key().size() == 0) {
                return Answer.WRONG_ARGUMENT;
            }
            if (keyValue.key().size() > settings.keyLimitBytes()) {
                return tooLarge("key", settings.keyLimitBytes(), SettingsTable.KEY_LIMIT_BYTES);
            }
            return operation.run(admission.policy(), keyValue, share);
        } catch (InvalidBodyException e) {
            return Answer.WRONG_ARGUMENT;
        } catch (MostDbException e) {
            return Answer.of(e);
        } catch (RuntimeException e) {
            if (admission.stopping()) {
                return Answer.STOPPING;
            }
            LOG.log(System.Logger.Level.ERROR, "A request could not be served for an unexpected reason", e);
            return Answer.refusal(Status.INTERNAL_SERVER_ERROR_500, "Unexpected; the log of this node says more.")
                    .countedAs("failed");
        }
    }

    /** How long the body says that it is; negative if it comes in chunks. */
    private static long declaredLength(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return 0;
        }
        long declared = request.headers().contentLength().orElse(-1);
        if (declared < 0 && request.headers().contains(HeaderNames.CONTENT_LENGTH)) {
            throw RequestException.builder()
                    .type(DirectHandler.EventType.BAD_REQUEST)
                    .status(Status.BAD_REQUEST_400)
                    .build();
        }
        return declared;
    }

    /** The body, and no more than one byte beyond the limit. */
    private byte[] readBody(ServerRequest request, int declared) {
        if (declared == 0) {
            return new byte[0];
        }
        deadlines.begin();
        try {
            // Not closed: that would read on to the end of the body, which is not known where the framing is wrong.
            InputStream in = request.content().inputStream();
            if (declared < 0) {
                return in.readNBytes(settings.bodyLimitBytes() + 1);
            }
            byte[] body = new byte[declared];
            int read = in.readNBytes(body, 0, declared);
            return read == declared ? body : Arrays.copyOf(body, read);
        } catch (RequestException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new CloseConnectionException("the client went away before its body was there", e);
        } finally {
            deadlines.end();
        }
    }

    private Answer set(ReplicationPolicy policy, KeyValue request, RequestMemory.Share share) {
        if (request.value().size() > settings.valueLimitBytes()) {
            return tooLarge("value", settings.valueLimitBytes(), SettingsTable.VALUE_LIMIT_BYTES);
        }
        policy.set(request.key(), request.value());
        return Answer.OK;
    }

    private Answer get(ReplicationPolicy policy, KeyValue request, RequestMemory.Share share) {
        Bytes key = request.key();
        long heldBytes = share.heldBytes();
        if (!share.takeForValue()) {
            return NO_MEMORY;
        }
        Optional<Entry> entry = policy.get(key);
        int valueBytes = entry.map(found -> found.value().size()).orElse(0);
        if (!share.hasRoomForValue(heldBytes, valueBytes)) {
            return NO_MEMORY;
        }
        return entry.isPresent() ? Answer.found(key, entry.get().value()) : Answer.NOT_FOUND;
    }

    private Answer delete(ReplicationPolicy policy, KeyValue request, RequestMemory.Share share) {
        policy.delete(request.key());
        return Answer.OK;
    }

    /** Refuses every method that came so far. */
    static Handler only(String method) {
        Answer answer = Answer.refusal(Status.METHOD_NOT_ALLOWED_405, "Only " + method + " is allowed here.");
        return (request, response) -> {
            response.header(HeaderNames.ALLOW, method);
            answer.send(response);
        };
    }

    private static Answer tooLarge(String what, int limit, Setting<?> setting) {
        return Answer.refusal(
                Status.REQUEST_ENTITY_TOO_LARGE_413,
                "The " + what + " is longer than " + Count.of(limit, "byte") + " (" + setting.name() + ").");
    }
}
