package org.mostdb.faults;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.History;

/** Asks one node of a cluster for one thing after the other, and keeps what it learns. */
final class LoadClient implements AutoCloseable {

    /** Every so many values is a long one, so that the stores come to more than one file. */
    private static final int LONG_EVERY = 10;

    private static final String PADDING = "x".repeat(2000);

    private final Registers registers;
    private final LoadCounts counts;
    private final int node;
    private final SeedClient http;
    private int number;
    private int writes;

    LoadClient(Registers registers, LoadCounts counts, int node, ServerProcess process) {
        this.registers = registers;
        this.counts = counts;
        this.node = node;
        this.http = new SeedClient(process);
        this.number = counts.nextClient();
    }

    int node() {
        return node;
    }

    /** A value that was never written before. */
    String newValue() {
        return number + "-" + ++writes;
    }

    /** Asks, and says what is known then. After an outcome that is not, it goes on as another client. */
    Answer ask(Call call) {
        History.Operation operation = registers.ask(number, node, call);
        Answer answer = answer(call);
        registers.answer(operation, answer);
        counts.count(node, answer);
        if (answer instanceof Answer.Unknown) {
            number = counts.nextClient();
            writes = 0;
        }
        return answer;
    }

    private Answer answer(Call call) {
        try {
            return switch (call.kind()) {
                case GET -> read(call.key(), http.get(call.key()));
                case SET -> written(http.set(call.key(), padded(call.value())));
                case DELETE -> written(http.delete(call.key()));
            };
        } catch (UncheckedIOException e) {
            String reason = String.valueOf(e.getCause());
            return e.getCause() instanceof ConnectException
                    ? new Answer.NotApplied(reason) // it was never sent
                    : new Answer.Unknown(reason);
        }
    }

    private static String padded(String value) {
        return Math.floorMod(value.hashCode(), LONG_EVERY) == 0 ? value + PADDING : value;
    }

    /** Only what is just as it was sent is made short again: all else is kept, and nothing will explain it. */
    private static String unpadded(String found) {
        int padding = found.indexOf('x');
        String value = padding < 0 ? found : found.substring(0, padding);
        return padded(value).equals(found) ? value : found;
    }

    private static Answer written(String body) {
        return body.equals(SeedClient.SUCCESS) ? new Answer.Written() : failed(body);
    }

    private static Answer read(String key, String body) {
        if (body.equals(SeedClient.NOT_FOUND)) {
            return new Answer.Absent();
        }
        String found = SeedClient.found(key, "");
        int quote = found.lastIndexOf('"');
        String before = found.substring(0, quote);
        String after = found.substring(quote);
        return body.startsWith(before) && body.endsWith(after)
                ? new Answer.Found(unpadded(body.substring(before.length(), body.length() - after.length())))
                : failed(body);
    }

    /** The seed API does not tell a write that was not applied from one whose outcome is unknown. */
    private static Answer failed(String body) {
        if (body.equals(SeedClient.NOT_MOST) || body.startsWith("{\"code\":503,")) {
            return new Answer.Unknown(body);
        }
        if (body.startsWith("{\"code\":507,")) {
            return new Answer.NotApplied(body); // the disk is full
        }
        throw new AssertionError("not to be answered to this load: " + body);
    }

    @Override
    public void close() {
        http.close();
    }
}
