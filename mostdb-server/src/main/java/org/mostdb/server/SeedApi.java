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
import java.util.List;

/**
 * The API of the original, {@code POST set}, {@code get} and {@code del} under the context path, as a service of the
 * web server. Requests of the usual form come by {@link PlainConnection} instead.
 */
final class SeedApi implements HttpService {

    private final List<SeedOperation> operations;
    private final Admission admission;
    private final BodyDeadlines deadlines;
    private final int bodyLimitBytes;

    SeedApi(List<SeedOperation> operations, Admission admission, BodyDeadlines deadlines, int bodyLimitBytes) {
        this.operations = operations;
        this.admission = admission;
        this.deadlines = deadlines;
        this.bodyLimitBytes = bodyLimitBytes;
    }

    @Override
    public void routing(HttpRules rules) {
        Handler onlyPost = only("POST");
        for (SeedOperation operation : operations) {
            String path = "/" + operation.name();
            rules.post(path, handler(operation)).any(path, onlyPost);
        }
    }

    private Handler handler(SeedOperation operation) {
        return (request, response) -> {
            try {
                operation.serve(new RequestBody(request), answer -> send(answer, request, response));
            } catch (RequestException e) {
                // Where the body ends is not known any more, so the connection cannot go on.
                response.header(HeaderValues.CONNECTION_CLOSE);
                Answer.refusal(e.status(), "The body is not framed as HTTP asks for.")
                        .send(response);
                throw new CloseConnectionException("malformed body", e);
            }
        };
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

    private final class RequestBody implements SeedOperation.Body {

        private final ServerRequest request;

        private RequestBody(ServerRequest request) {
            this.request = request;
        }

        /** Negative if it comes in chunks. */
        @Override
        public long declaredBytes() {
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

        @Override
        public byte[] read(int declared) {
            if (declared == 0) {
                return new byte[0];
            }
            deadlines.begin();
            try {
                // Not closed: that would read on to the end of the body, which is not known where the framing is wrong.
                InputStream in = request.content().inputStream();
                if (declared < 0) {
                    return in.readNBytes(bodyLimitBytes + 1);
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
    }

    /** Refuses every method that came so far. */
    static Handler only(String method) {
        Answer answer = Answer.refusal(Status.METHOD_NOT_ALLOWED_405, "Only " + method + " is allowed here.");
        return (request, response) -> {
            response.header(HeaderNames.ALLOW, method);
            answer.send(response);
        };
    }
}
