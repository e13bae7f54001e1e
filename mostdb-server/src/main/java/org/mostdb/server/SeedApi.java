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
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.Entry;
import org.mostdb.api.MostDbException;
import org.mostdb.api.spi.ReplicationPolicy;

/** The API of the original: {@code POST set}, {@code get} and {@code del} under the context path. */
final class SeedApi implements HttpService {

    private static final System.Logger LOG = System.getLogger(SeedApi.class.getName());

    private final Settings settings;
    private final Admission admission;
    private final RequestMetrics metrics;
    private final KeyValue.Reader reader;

    SeedApi(Settings settings, Admission admission, RequestMetrics metrics) {
        this.settings = settings;
        this.admission = admission;
        this.metrics = metrics;
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
        Answer run(ReplicationPolicy policy, KeyValue request);
    }

    private Handler handler(RequestMetrics.Operation measured, Operation operation) {
        return (request, response) -> {
            long begin = System.nanoTime();
            try {
                Answer answer = admitted(request, operation);
                measured.record(answer.outcome(), System.nanoTime() - begin);
                answer.send(response);
            } catch (RequestException e) {
                // Where the body ends is not known any more, so the connection cannot go on.
                response.header(HeaderValues.CONNECTION_CLOSE);
                Answer.refusal(e.status(), "The body is not framed as HTTP asks for.")
                        .send(response);
                throw new CloseConnectionException("malformed body", e);
            }
        };
    }

    private Answer admitted(ServerRequest request, Operation operation) {
        Answer refusal = admission.tryEnter();
        if (refusal != null) {
            return refusal;
        }
        try {
            return answer(request, operation);
        } finally {
            admission.leave();
        }
    }

    private Answer answer(ServerRequest request, Operation operation) {
        byte[] body = readBody(request);
        if (body == null) {
            return tooLarge("body", settings.bodyLimitBytes(), SettingsTable.BODY_LIMIT_BYTES);
        }
        try {
            KeyValue keyValue = reader.read(body);
            if (keyValue.key().size() == 0) {
                return Answer.WRONG_ARGUMENT;
            }
            if (keyValue.key().size() > settings.keyLimitBytes()) {
                return tooLarge("key", settings.keyLimitBytes(), SettingsTable.KEY_LIMIT_BYTES);
            }
            return operation.run(admission.policy(), keyValue);
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

    /** The body, or null if it is over the limit. */
    private byte @Nullable [] readBody(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        int limit = settings.bodyLimitBytes();
        long declared = request.headers().contentLength().orElse(-1);
        if (declared > limit) {
            return null;
        }
        if (declared < 0 && request.headers().contains(HeaderNames.CONTENT_LENGTH)) {
            throw RequestException.builder()
                    .type(DirectHandler.EventType.BAD_REQUEST)
                    .status(Status.BAD_REQUEST_400)
                    .build();
        }
        try {
            // Not closed: that would read on to the end of the body, which is not known where the framing is wrong.
            InputStream in = request.content().inputStream();
            if (declared >= 0) {
                return in.readNBytes((int) declared);
            }
            byte[] body = in.readNBytes(limit + 1);
            return body.length > limit ? null : body;
        } catch (RequestException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new CloseConnectionException("the client went away before its body was there", e);
        }
    }

    private Answer set(ReplicationPolicy policy, KeyValue request) {
        if (request.value().size() > settings.valueLimitBytes()) {
            return tooLarge("value", settings.valueLimitBytes(), SettingsTable.VALUE_LIMIT_BYTES);
        }
        policy.set(request.key(), request.value());
        return Answer.OK;
    }

    private Answer get(ReplicationPolicy policy, KeyValue request) {
        Bytes key = request.key();
        Optional<Entry> entry = policy.get(key);
        return entry.isPresent() ? Answer.found(key, entry.get().value()) : Answer.NOT_FOUND;
    }

    private Answer delete(ReplicationPolicy policy, KeyValue request) {
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
