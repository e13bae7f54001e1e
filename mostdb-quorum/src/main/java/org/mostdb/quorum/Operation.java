package org.mostdb.quorum;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.MostDbException;

/** What one client asked of this node as its coordinator, and the promise of its outcome. */
final class Operation {

    enum Kind {
        GET,
        SET,
        DELETE
    }

    /** How an operation ended. */
    sealed interface Outcome {

        /** The write is durable on a majority. */
        record Written(Tag tag) implements Outcome {}

        /** The key's newest cell, if it was ever written. */
        record Found(Optional<Cell> cell) implements Outcome {}

        /** It did not succeed; the exception's type says whether it may have been applied. */
        record Failed(MostDbException reason) implements Outcome {}
    }

    final Kind kind;
    final Bytes key;
    final @Nullable Bytes value;
    final long deadlineNanos;
    final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final Runnable ended;

    /**
     * @param value only for a set
     * @param ended called once, when the outcome is known
     */
    Operation(Kind kind, Bytes key, @Nullable Bytes value, long deadlineNanos, Runnable ended) {
        this.kind = kind;
        this.key = key;
        this.value = value;
        this.deadlineNanos = deadlineNanos;
        this.ended = ended;
    }

    boolean isExpired(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    /** The bytes of key and value, for limits. */
    int bytes() {
        return key.size() + (value == null ? 0 : value.size());
    }

    void complete(Outcome result) {
        if (outcome.complete(result)) {
            ended.run();
        }
    }

    void fail(MostDbException reason) {
        complete(new Outcome.Failed(reason));
    }
}
