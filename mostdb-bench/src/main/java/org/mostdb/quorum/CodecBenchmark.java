package org.mostdb.quorum;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The frame of a batch of writes: what a coordinator spends to make it for one peer from cells that it has, and a
 * replica to read it with the checksum of each cell.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class CodecBenchmark {

    static final int CELLS = 32;

    private static final int VALUE_BYTES = 100;
    private static final int MAX_FRAME_BYTES = 8 << 20;
    private static final Tag TAG = new Tag(1, new Epoch(1, 2), new NodeId(3));

    private List<Message> messages = List.of();
    private byte[] frame = {};

    /** Makes the cells, and a frame of them. */
    @Setup
    public void setUp() {
        Random random = new Random(1);
        Map<Bytes, Cell> cells = LinkedHashMap.newLinkedHashMap(CELLS);
        for (int i = 0; i < CELLS; i++) {
            Bytes key = Bytes.utf8("a key of 16 b " + (10 + i));
            byte[] value = new byte[VALUE_BYTES];
            random.nextBytes(value);
            cells.put(key, Cell.of(key, TAG, Bytes.wrap(value)));
        }
        messages = List.of(new Message.StoreRequest(1, 2, 3, cells, false));
        frame = MessageCodec.encode(messages, MAX_FRAME_BYTES).getFirst();
    }

    /** As a coordinator sends it. */
    @Benchmark
    public Object encode() {
        return MessageCodec.encode(messages, MAX_FRAME_BYTES);
    }

    /** As a replica receives it. */
    @Benchmark
    public Object decode() {
        return MessageCodec.decode(frame);
    }
}
