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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The peer link between two nodes over loopback: how long a message and its answer take, and how many pass. */
@State(Scope.Thread)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class LinkBenchmark {

    private static final int SMALL_BYTES = 100;
    private static final int LARGE_BYTES = 4096;

    /** So many large messages are under way: enough to keep the link busy, few beside what it may queue. */
    private static final int WINDOW = 256;

    private final List<FanOutNode> nodes = new ArrayList<>();
    private final Semaphore answers = new Semaphore(0);
    private final Semaphore window = new Semaphore(WINDOW);

    /** Connects two nodes: the second sends small messages back, and only counts large ones. */
    @Setup
    public void setUp() throws IOException, InterruptedException {
        List<Integer> ports = FanOutNode.freePorts(2);
        nodes.add(new FanOutNode(0, ports) {
            @Override
            public void received(NodeId from, byte[] message) {
                answers.release();
            }
        });
        nodes.add(new FanOutNode(1, ports) {
            @Override
            public void received(NodeId from, byte[] message) {
                if (message.length == SMALL_BYTES) {
                    link.send(from, message);
                } else {
                    window.release();
                }
            }
        });
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

    /** A message of 100 bytes there and back, with nothing else on the link. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    public void roundTrip() throws InterruptedException {
        send(SMALL_BYTES);
        answers.acquire();
    }

    /** A message of 4 KiB one way, as soon as one of those under way has arrived. */
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    public void stream() throws InterruptedException {
        window.acquire();
        send(LARGE_BYTES);
    }

    private void send(int bytes) {
        if (!nodes.getFirst().link.send(nodes.getLast().id, new byte[bytes])) {
            throw new IllegalStateException("the link took no message: the connection ended, or its queue is full");
        }
    }

    /** Waits until every large message has arrived. */
    void awaitAllArrived() throws InterruptedException {
        window.acquire(WINDOW);
        window.release(WINDOW);
    }
}
