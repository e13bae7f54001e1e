package org.mostdb.server;

import io.helidon.metrics.api.DistributionStatisticsConfig;
import io.helidon.metrics.api.DistributionSummary;
import io.helidon.metrics.api.Gauge;
import io.helidon.metrics.api.Meter;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsConfig;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import io.helidon.metrics.api.Timer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.stream.LongStream;
import org.mostdb.api.spi.Metrics;

/**
 * Reports figures through Helidon's metrics. The registry is the process's own, since the page shows that one only;
 * what a node has registered is taken away again when it closes.
 */
final class HelidonMetrics implements Metrics, AutoCloseable {

    private static final MetricsConfig CONFIG = MetricsConfig.create();

    private static final double NANOS_PER_SECOND = 1e9;

    /** From a memory's time to an operation's deadline. */
    private static final Duration[] SECONDS = LongStream.of(
                    100,
                    250,
                    500,
                    1_000,
                    2_500,
                    5_000,
                    10_000,
                    25_000,
                    50_000,
                    100_000,
                    250_000,
                    500_000,
                    1_000_000,
                    2_500_000,
                    5_000_000,
                    10_000_000)
            .mapToObj(micros -> Duration.of(micros, ChronoUnit.MICROS))
            .toArray(Duration[]::new);

    /** Sizes of batches and of messages. */
    private static final double[] AMOUNTS = {
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000, 10_000_000
    };

    /** The buckets tell enough, and cost less to keep. */
    private static final double[] NO_PERCENTILES = {};

    private final MeterRegistry registry;

    private final Queue<Meter> registered = new ConcurrentLinkedQueue<>();

    HelidonMetrics() {
        registry = MetricsFactory.getInstance().globalRegistry(CONFIG);
    }

    MetricsConfig config() {
        return CONFIG;
    }

    MeterRegistry registry() {
        return registry;
    }

    @Override
    public Counter counter(String name, String description) {
        return counter(name, description, List.of());
    }

    Counter counter(String name, String description, Iterable<Tag> tags) {
        io.helidon.metrics.api.Counter counter = registry.getOrCreate(io.helidon.metrics.api.Counter.builder(name)
                .description(description)
                .tags(tags));
        return counter::increment;
    }

    @Override
    public Distribution distribution(String name, String description) {
        return distribution(name, description, List.of());
    }

    Distribution distribution(String name, String description, Iterable<Tag> tags) {
        if (name.endsWith("_seconds")) {
            return seconds(name, description, tags);
        }
        DistributionSummary summary = register(DistributionSummary.builder(
                        name,
                        DistributionStatisticsConfig.builder()
                                .percentiles(NO_PERCENTILES)
                                .buckets(AMOUNTS))
                .description(description)
                .tags(tags));
        return summary::record;
    }

    // A summary puts values into its buckets as whole numbers, rounded up; a timer's are nanoseconds.
    private Distribution seconds(String name, String description, Iterable<Tag> tags) {
        Timer timer = register(Timer.builder(name)
                .percentiles(NO_PERCENTILES)
                .buckets(SECONDS)
                .description(description)
                .tags(tags));
        return value -> timer.record(Math.round(value * NANOS_PER_SECOND), TimeUnit.NANOSECONDS);
    }

    @Override
    public void gauge(String name, String description, String label, DoubleSupplier value) {
        List<Tag> tags = label.isEmpty() ? List.of() : List.of(Tag.create("of", label));
        register(Gauge.<Double>builder(name, value::getAsDouble)
                .description(description)
                .tags(tags));
    }

    /** Takes the meters of this node away. */
    @Override
    public void close() {
        registered.forEach(registry::remove);
    }

    private <B extends Meter.Builder<B, M>, M extends Meter> M register(B builder) {
        M meter = registry.getOrCreate(builder);
        registered.add(meter);
        return meter;
    }
}
