package org.mostdb.load;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What is asked of which nodes, how fast and for how long.
 *
 * @param targets connections are spread over them; at least one
 * @param threads that share the connections
 * @param duration of what is measured, unless {@code requests} bounds it
 * @param requests so many are measured, however long it takes
 * @param warmup goes before, and is not measured
 * @param readPercent of the requests; the rest, but for the deletes, are writes
 * @param valueBytes of each value written
 * @param rate requests a second, due at fixed times; without it each connection asks as soon as it was answered
 * @param timeout after which an answer is not waited for any longer
 * @param header is sent with each request
 * @param preload whether each key is set once before all else
 */
record LoadPlan(
        List<Target> targets,
        int connections,
        int threads,
        Duration duration,
        OptionalLong requests,
        Duration warmup,
        int readPercent,
        int deletePercent,
        KeyDistribution keys,
        int valueBytes,
        OptionalDouble rate,
        Duration timeout,
        Optional<Header> header,
        long seed,
        boolean preload) {}
