package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Await;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** More than a node can take leads to refusals, and to nothing worse. */
class OverloadIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @RegisterExtension
    final Servers servers = new Servers();

    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refused = new AtomicInteger();
    private volatile boolean enough;

    @Test
    void manyMoreConnectionsThanRequestsAreLetInLoseNothing() throws Exception {
        ProcessCluster cluster = servers.cluster(3)
                .with("MOSTDB_REQUEST_LIMIT", "64")
                .with("MOSTDB_CONNECTION_LIMIT", "2000")
                .start()
                .awaitReady();
        load(cluster.node(1), 1024, "v".repeat(100), () -> acknowledged.size() >= 5_000 && refused.get() >= 5_000);

        assertEquals(List.of(), List.copyOf(unexpected));
        assertAllThere(cluster.node(2), "v".repeat(100));
        assertServes(cluster.node(1));
    }

    @Test
    void aHeapThatIsTooSmallRefusesAndLives() throws Exception {
        ProcessCluster cluster = servers.cluster(3);
        cluster.nodes().forEach(node -> node.withHeapMib(40));
        cluster.start().awaitReady();
        String value = "v".repeat(65_536);
        load(cluster.node(1), 1024, value, () -> acknowledged.size() >= 100 && refused.get() >= 2_000);

        cluster.nodes().forEach(node -> assertTrue(node.isAlive(), node.log()));
        cluster.awaitReady();
        assertAllThere(cluster.node(2), value);
        assertServes(cluster.node(1));
    }

    @Test
    void clientsThatHoldAllConnectionsDoNotKeepAPeerOut() throws Exception {
        ProcessCluster cluster =
                servers.cluster(3).with("MOSTDB_CONNECTION_LIMIT", "50").start().awaitReady();
        List<RawClient> holders = new ArrayList<>();
        try {
            cluster.node(3).kill();
            for (int i = 0; i < 400; i++) {
                holders.add(new RawClient(cluster.node(1).port()));
                holders.add(new RawClient(cluster.node(2).port()));
            }
            cluster.node(3).start().awaitReady();
            try (SeedClient third = new SeedClient(cluster.node(3))) {
                Await.until(
                        "the node that was restarted has all members",
                        PATIENCE,
                        () -> third.send("GET", "/v1/cluster", new byte[0])
                                .body()
                                .contains("all 3 members up"));
                assertEquals(SeedClient.SUCCESS, third.set("key", "value"));
            }
        } finally {
            for (RawClient holder : holders) {
                holder.close();
            }
        }
        try (SeedClient first = new SeedClient(cluster.node(1))) {
            Await.until(
                    "the first node serves clients again",
                    PATIENCE,
                    () -> first.get("key").equals(SeedClient.found("key", "value")));
        }
    }

    @Test
    void aMemberThatStandsStillFailsNoRequestOfTheOthers() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        String value = "v".repeat(8_192);
        AtomicInteger before = new AtomicInteger();
        load(cluster.node(1), 16, value, () -> {
            if (before.get() == 0 && acknowledged.size() >= 500) {
                cluster.node(3).freeze();
                before.set(acknowledged.size());
            }
            return before.get() > 0 && acknowledged.size() >= before.get() + 5_000;
        });
        cluster.node(3).thaw().awaitReady();

        assertEquals(0, refused.get());
        assertEquals(List.of(), List.copyOf(unexpected));
        assertAllThere(cluster.node(3), value);
    }

    /** Sets keys over so many connections, each of which asks again at once, until that is enough. */
    private void load(ServerProcess node, int connections, String value, Await.Condition until) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<? extends Future<?>> clients = IntStream.range(0, connections)
                    .mapToObj(i -> executor.submit(() -> setAgainAndAgain(node, "key" + i + "-", value)))
                    .toList();
            try {
                Await.until("enough was acknowledged and refused", PATIENCE, until);
            } catch (AssertionError e) {
                throw new AssertionError(acknowledged.size() + " acknowledged, " + refused + " refused", e);
            } finally {
                enough = true;
            }
            for (Future<?> client : clients) {
                client.get();
            }
        }
    }

    private void setAgainAndAgain(ServerProcess node, String prefix, String value) {
        int number = 0;
        while (!enough && unexpected.size() < 10_000) {
            try (RawClient client = new RawClient(node.port())) {
                boolean open = true;
                while (!enough && open) {
                    String key = prefix + number++;
                    String answer = client.ask("/mostdb/set", "{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}")
                            .answer();
                    if (answer.startsWith("HTTP/1.1 503 ") && answer.contains("Retry-After: ")) {
                        refused.incrementAndGet();
                        open = !answer.contains("Connection: close");
                    } else if (answer.endsWith(SeedClient.SUCCESS)) {
                        acknowledged.add(key);
                    } else {
                        unexpected.add(answer);
                    }
                }
            } catch (IOException e) {
                unexpected.add(e.toString());
            }
        }
    }

    private void assertAllThere(ServerProcess node, String value) {
        try (SeedClient client = new SeedClient(node)) {
            for (String key : acknowledged) {
                assertEquals(SeedClient.found(key, value), client.get(key));
            }
        }
    }

    private static void assertServes(ServerProcess node) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; i < 100; i++) {
                assertEquals(SeedClient.SUCCESS, client.set("after" + i, "value"));
            }
        }
        assertEquals("", node.errors());
        assertTrue(node.output().lines().noneMatch(line -> line.startsWith("\tat ")), node.output());
    }
}
