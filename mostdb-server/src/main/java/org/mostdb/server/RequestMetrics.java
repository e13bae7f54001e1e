package org.mostdb.server;

import io.helidon.metrics.api.Tag;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.mostdb.api.spi.Metrics;

/** What became of clients' requests, and how long it took. */
final class RequestMetrics {

    private static final double NANOS_PER_SECOND = 1e9;

    private final HelidonMetrics metrics;

    RequestMetrics(HelidonMetrics metrics, Admission admission) {
        this.metrics = metrics;
        metrics.gauge("mostdb_requests_in_flight", "Requests under way now", "", admission::inside);
    }

    /** The meters of one operation, such as {@code set}. */
    Operation operation(String name) {
        return new Operation(name);
    }

    /** Counts and times the requests of one operation; safe for use by many threads. */
    final class Operation {

        private final String name;
        private final Metrics.Distribution seconds;
        private final Map<String, Metrics.Counter> byOutcome = new ConcurrentHashMap<>();

        private Operation(String name) {
            this.name = name;
            this.seconds = metrics.distribution(
                    "mostdb_request_seconds",
                    "From a request's head to its answer",
                    List.of(Tag.create("operation", name)));
        }

        void record(String outcome, long nanos) {
            seconds.record(nanos / NANOS_PER_SECOND);
            byOutcome.computeIfAbsent(outcome, this::counter).add(1);
        }

        private Metrics.Counter counter(String outcome) {
            return metrics.counter(
                    "mostdb_requests",
                    "Requests answered",
                    List.of(Tag.create("operation", name), Tag.create("outcome", outcome)));
        }
    }
}
