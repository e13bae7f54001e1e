package org.mostdb.load;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What came of requests. Filled by one thread, and added up with those of others afterwards. */
final class Tally {

    private static final int DIGITS = 3;

    /** Of one operation, or of several together. */
    static final class Row {

        /** Nanoseconds of those that were answered, with success or {@code NotFound}. */
        final Histogram latencies = new Histogram(DIGITS);

        /** How often each kind of failure was seen. */
        final Map<String, Long> errors = new TreeMap<>();

        /** How many reads found no value: an answer, and no error. */
        long notFound;

        long answered() {
            return latencies.getTotalCount();
        }

        long failed() {
            return errors.values().stream().mapToLong(Long::longValue).sum();
        }

        void add(Row other) {
            latencies.add(other.latencies);
            other.errors.forEach((kind, count) -> errors.merge(kind, count, Long::sum));
            notFound += other.notFound;
        }
    }

    private final Map<Operation, Row> rows = new EnumMap<>(Operation.class);
    private final Row elsewhere = new Row();
    private long lastAnswerNanos;

    Tally() {
        for (Operation operation : Operation.values()) {
            rows.put(operation, new Row());
        }
    }

    void answered(Operation operation, boolean found, long latencyNanos, long nowNanos) {
        Row row = row(operation);
        row.latencies.recordValue(Math.max(0, latencyNanos));
        if (!found) {
            row.notFound++;
        }
        lastAnswerNanos = nowNanos;
    }

    void failed(Operation operation, String kind) {
        row(operation).errors.merge(kind, 1L, Long::sum);
    }

    /**
     * What was no request yet: a connection that could not be made, or a request that was due and could not be sent.
     */
    void failed(String kind, long count) {
        elsewhere.errors.merge(kind, count, Long::sum);
    }

    Row row(Operation operation) {
        return Objects.requireNonNull(rows.get(operation));
    }

    /** Failures that belong to no operation. */
    Map<String, Long> failuresElsewhere() {
        return elsewhere.errors;
    }

    /** All operations together, and what belongs to none. */
    Row total() {
        Row total = new Row();
        rows.values().forEach(total::add);
        total.add(elsewhere);
        return total;
    }

    /** When the last answer came that counts, or 0. */
    long lastAnswerNanos() {
        return lastAnswerNanos;
    }

    void add(Tally other) {
        other.rows.forEach((operation, row) -> row(operation).add(row));
        elsewhere.add(other.elsewhere);
        lastAnswerNanos = Math.max(lastAnswerNanos, other.lastAnswerNanos);
    }
}
