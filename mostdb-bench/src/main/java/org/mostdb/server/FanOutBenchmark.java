package org.mostdb.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The peer link alone: one node sends a message to two others over loopback, as a coordinator does, and waits for both
 * answers. A score counts such rounds.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class FanOutBenchmark {

    private static final int PEERS = 2;

    /** Bytes of the message: about one cell, and a batch of a hundred. */
    @Param({"150", "15000"})
    public int bytes;

    private final List<FanOutNode> nodes = new ArrayList<>();
    private final Semaphore answers = new Semaphore(0);

    /** Connects three nodes. */
    @Setup
    public void setUp() throws IOException, InterruptedException {
        List<Integer> ports = FanOutNode.freePorts(PEERS + 1);
        nodes.add(new FanOutNode(0, ports) {
            @Override
            public void received(NodeId from, byte[] message) {
                answers.release();
            }
        });
        for (int place = 1; place <= PEERS; place++) {
            nodes.add(new FanOutNode(place, ports) {
                @Override
                public void received(NodeId from, byte[] message) {
                    link.send(from, new byte[17]);
                }
            });
        }
        nodes.forEach(FanOutNode::start);
        for (FanOutNode node : nodes) {
            node.awaitConnected();
        }
    }

    /** Closes them. */
    @TearDown
    public void tearDown() {
        nodes.forEach(FanOutNode::close);
    }

    /** One message to each of two peers, and their answers. */
    @Benchmark
    public void round() throws InterruptedException {
        FanOutNode self = nodes.getFirst();
        for (FanOutNode peer : nodes.subList(1, nodes.size())) {
            self.link.send(peer.id, new byte[bytes]);
        }
        answers.acquire(PEERS);
    }
}
