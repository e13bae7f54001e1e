package org.mostdb.bench;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one storage engine does in one thread, as one node's reader or its one writer would use it. Its store holds
 * {@link PreloadedStore#KEYS} keys. A score counts calls; a synced batch of 100 is one call.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"})
public class EngineBenchmark {

    /** How many writes share one fsync. */
    @State(Scope.Benchmark)
    public static class Batch {

        /** Writes per batch. */
        @Param({"1", "10", "100"})
        public int size;
    }

    /** Reads a key that is there. */
    @Benchmark
    public Optional<byte[]> get(PreloadedStore store, Keys keys) {
        return store.engine().get(keys.next());
    }

    /** Overwrites a key and leaves the disk to the operating system. */
    @Benchmark
    public void put(PreloadedStore store, Keys.ForWrites keys) {
        write(store, keys, 1, Durability.OS);
    }

    /** Overwrites some keys as one, and waits for the disk. */
    @Benchmark
    public void syncedBatch(PreloadedStore store, Keys.ForWrites keys, Batch batch) {
        write(store, keys, batch.size, Durability.SYNC);
    }

    private static void write(PreloadedStore store, Keys.ForWrites keys, int size, Durability durability) {
        StorageEngine engine = store.engine();
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < size; i++) {
            batch.put(keys.next(), keys.value());
        }
        engine.write(batch, durability);
    }
}
