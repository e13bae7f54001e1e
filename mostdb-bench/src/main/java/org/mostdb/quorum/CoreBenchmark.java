package org.mostdb.quorum;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The protocol core and its codec alone: three cores in one thread, no network, no disk. A score counts batches: what
 * all three nodes together spend on one.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class CoreBenchmark {

    private static final int KEYS = 100_000;
    private static final int VALUE_BYTES = 100;

    /** Operations that are handed to the core together. */
    @Param({"1", "64", "512"})
    public int operations;

    private final Random random = new Random(1);
    private CoreCluster cluster = new CoreCluster(1);

    /** Forms the cluster and fills it. */
    @Setup
    public void setUp() {
        cluster = new CoreCluster(3);
        for (int first = 0; first < KEYS; first += 500) {
            List<Operation> batch = new ArrayList<>();
            for (int i = first; i < first + 500; i++) {
                batch.add(operation(Operation.Kind.SET, i, value()));
            }
            cluster.run(batch);
        }
    }

    /** Sets random keys. */
    @Benchmark
    public void set() {
        run(Operation.Kind.SET);
    }

    /** Gets random keys. */
    @Benchmark
    public void get() {
        run(Operation.Kind.GET);
    }

    private void run(Operation.Kind kind) {
        List<Operation> batch = new ArrayList<>(operations);
        for (int i = 0; i < operations; i++) {
            batch.add(operation(kind, random.nextInt(KEYS), kind == Operation.Kind.SET ? value() : null));
        }
        cluster.run(batch);
    }

    private Operation operation(Operation.Kind kind, int key, @Nullable Bytes value) {
        return new Operation(kind, Bytes.utf8("k" + key), value, cluster.nowNanos() + 1_000_000_000L, () -> {});
    }

    private Bytes value() {
        byte[] value = new byte[VALUE_BYTES];
        random.nextBytes(value);
        return Bytes.wrap(value);
    }
}
