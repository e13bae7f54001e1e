package org.mostdb.server;

import io.helidon.http.RequestException;
import io.helidon.http.Status;
import java.util.List;
import java.util.Optional;
import org.mostdb.api.Bytes;
import org.mostdb.api.Entry;
import org.mostdb.api.MostDbException;
import org.mostdb.api.spi.ReplicationPolicy;

/**
 * An operation of the seed API, from a request's body to its answer, however the request came: lets it in, bounds its
 * memory, asks the policy, and counts and times what became of it. Safe for use by many threads.
 */
final class SeedOperation {

    private static final System.Logger LOG = System.getLogger(SeedOperation.class.getName());

    /** One helps less, and eight no more: docs/performance.md. */
    private static final int TURNS_OF_OTHERS = 3;

    private static final Answer NO_MEMORY = Answer.overloaded(
            "The requests under way hold all memory that they may (MOSTDB_REQUEST_MEMORY_MIB): try again in a moment.");

    /** What all operations of a node share. */
    record Shared(
            Settings settings,
            Admission admission,
            RequestMetrics metrics,
            RequestMemory memory,
            RefusalPace pace,
            KeyValue.Reader reader) {}

    /** The body of a request. */
    interface Body {

        /** How long the body says that it is; negative if it does not say. */
        long declaredBytes();

        /**
         * The body, and no more than one byte beyond the limit.
         *
         * @param declaredBytes as it has told
         * @throws RequestException if it is not framed as HTTP asks for
         */
        byte[] read(int declaredBytes);
    }

    /** Whom the answer is given to, while the request still holds its memory. */
    interface Asker {
        void answer(Answer answer);
    }

    /** What is asked of the policy; throws what {@link Answer#of} knows. */
    private interface Action {
        Answer run(Settings settings, ReplicationPolicy policy, KeyValue request, RequestMemory.Share share);
    }

    private final String name;
    private final Shared shared;
    private final RequestMetrics.Operation measured;
    private final Action action;

    private SeedOperation(String name, Action action, Shared shared) {
        this.name = name;
        this.action = action;
        this.shared = shared;
        this.measured = shared.metrics.operation(name);
    }

    /** All there are. */
    static List<SeedOperation> all(Shared shared) {
        return List.of(
                new SeedOperation("set", SeedOperation::set, shared),
                new SeedOperation("get", SeedOperation::get, shared),
                new SeedOperation("del", SeedOperation::delete, shared));
    }

    /** The last part of its path. */
    String name() {
        return name;
    }

    /** Serves one request, on its connection's thread. */
    void serve(Body body, Asker asker) {
        long begin = System.nanoTime();
        // Held until the answer is sent: a client that reads slowly keeps it in memory.
        try (RequestMemory.Share share = shared.memory.share()) {
            Answer answer = admitted(body, share);
            measured.record(answer.outcome(), System.nanoTime() - begin);
            if (answer.isOverload()) {
                share.shrinkTo(0);
                pauseBeforeRefusal();
            }
            asker.answer(answer);
        }
        letOthersRun();
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
        if (!shared.admission.stopping()) {
            shared.pace.await();
        }
    }

    private Answer admitted(Body body, RequestMemory.Share share) {
        Answer refusal = shared.admission.tryEnter();
        if (refusal != null) {
            return refusal;
        }
        try {
            return answer(body, share);
        } finally {
            shared.admission.leave();
        }
    }

    private Answer answer(Body body, RequestMemory.Share share) {
        int limit = shared.settings.bodyLimitBytes();
        long declared = body.declaredBytes();
        if (declared > limit) {
            return tooLarge("body", limit, SettingsTable.BODY_LIMIT_BYTES);
        }
        // Without a length it may become as long as is allowed.
        if (!share.tryTake(RequestMemory.BYTES_PER_BODY_BYTE * (declared < 0 ? limit : declared))) {
            return NO_MEMORY;
        }
        byte[] text = body.read((int) declared);
        if (text.length > limit) {
            return tooLarge("body", limit, SettingsTable.BODY_LIMIT_BYTES);
        }
        share.shrinkTo((long) RequestMemory.BYTES_PER_BODY_BYTE * text.length);
        try {
            KeyValue keyValue = shared.reader.read(text);
            if (keyValue.key().size() == 0) {
                return Answer.WRONG_ARGUMENT;
            }
            if (keyValue.key().size() > shared.settings.keyLimitBytes()) {
                return tooLarge("key", shared.settings.keyLimitBytes(), SettingsTable.KEY_LIMIT_BYTES);
            }
            return action.run(shared.settings, shared.admission.policy(), keyValue, share);
        } catch (InvalidBodyException e) {
            return Answer.WRONG_ARGUMENT;
        } catch (MostDbException e) {
            return Answer.of(e);
        } catch (RuntimeException e) {
            if (shared.admission.stopping()) {
                return Answer.STOPPING;
            }
            LOG.log(System.Logger.Level.ERROR, "A request could not be served for an unexpected reason", e);
            return Answer.refusal(Status.INTERNAL_SERVER_ERROR_500, "Unexpected; the log of this node says more.")
                    .countedAs("failed");
        }
    }

    private static Answer set(
            Settings settings, ReplicationPolicy policy, KeyValue request, RequestMemory.Share share) {
        if (request.value().size() > settings.valueLimitBytes()) {
            return tooLarge("value", settings.valueLimitBytes(), SettingsTable.VALUE_LIMIT_BYTES);
        }
        policy.set(request.key(), request.value());
        return Answer.OK;
    }

    private static Answer get(
            Settings settings, ReplicationPolicy policy, KeyValue request, RequestMemory.Share share) {
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

    private static Answer delete(
            Settings settings, ReplicationPolicy policy, KeyValue request, RequestMemory.Share share) {
        policy.delete(request.key());
        return Answer.OK;
    }

    private static Answer tooLarge(String what, int limit, Setting<?> setting) {
        return Answer.refusal(
                Status.REQUEST_ENTITY_TOO_LARGE_413,
                "The " + what + " is longer than " + Count.of(limit, "byte") + " (" + setting.name() + ").");
    }
}
