package org.mostdb.quorum;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
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

/** What the checksum of a cell costs: once for each write, and once for each cell that is read or received. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class CellBenchmark {

    private static final Bytes KEY = Bytes.utf8("a key of 16 byte");
    private static final Tag TAG = new Tag(1, new Epoch(1, 2), new NodeId(3));

    /** Bytes of the value. */
    @Param({"100", "4096"})
    public int valueBytes;

    private Bytes value = Bytes.EMPTY;
    private byte[] encoded = {};

    /** Makes a cell. */
    @Setup
    public void setUp() {
        byte[] random = new byte[valueBytes];
        new Random(1).nextBytes(random);
        value = Bytes.wrap(random);
        encoded = Cell.of(KEY, TAG, value).encoded();
    }

    /** As a coordinator makes it. */
    @Benchmark
    public Object encode() {
        return Cell.of(KEY, TAG, value);
    }

    /** As a replica reads it. */
    @Benchmark
    public Object decodeAndVerify() {
        return Cell.decode(KEY, encoded);
    }

    /** The same without the checksum, to compare. */
    @Benchmark
    public Object decodeOnly() {
        return Cell.decode(encoded);
    }
}
