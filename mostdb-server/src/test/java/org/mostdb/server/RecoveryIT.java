package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A member whose disk was replaced comes back by itself. */
class RecoveryIT {

    private static final int KEYS = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void oneNodeAfterTheOtherMayLoseItsStoreUnderLoadAndNothingIsLost() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        try (SeedClient client = new SeedClient(cluster.node(1))) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals(SeedClient.SUCCESS, client.set("key" + i, "value" + i));
            }
        }
        for (int number = 1; number <= 3; number++) {
            loseAndRecover(cluster, number);
        }
        for (ServerProcess node : cluster.nodes()) {
            assertAllIsThere(node);
        }
    }

    private static void loseAndRecover(ProcessCluster cluster, int number) throws Exception {
        ServerProcess lost = cluster.node(number);
        lost.kill();
        delete(lost.dataFolder());
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger acknowledged = new AtomicInteger();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> load = executor.submit(
                    () -> writeAndReadBack(cluster.node(number % 3 + 1), "load" + number, over, acknowledged));
            Await.until("the load is under way", PATIENCE, () -> acknowledged.get() > 20);
            lost.start().awaitReady();
            int before = acknowledged.get();
            Await.until("the load goes on", PATIENCE, () -> acknowledged.get() > before + 20);
            over.set(true);
            load.get();
        }
        assertTrue(lost.output().contains("recovery ends"), lost::log);
    }

    /** Each write that was acknowledged is what the next read finds: this client alone writes the key. */
    private static void writeAndReadBack(
            ServerProcess node, String key, AtomicBoolean over, AtomicInteger acknowledged) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; !over.get(); i++) {
                String value = "write " + i;
                if (client.set(key, value).equals(SeedClient.SUCCESS)) {
                    acknowledged.incrementAndGet();
                    String found = client.get(key);
                    assertTrue(found.equals(SeedClient.found(key, value)) || found.equals(SeedClient.NOT_MOST), found);
                }
            }
        }
    }

    private static void assertAllIsThere(ServerProcess node) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals(SeedClient.found("key" + i, "value" + i), client.get("key" + i));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void anOldStoreThatWasReplacedIsSetAsideAndItsNodeStartsAnew() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        ServerProcess node = cluster.node(3);
        try (SeedClient client = new SeedClient(cluster.node(1))) {
            assertEquals(SeedClient.SUCCESS, client.set("key", "before"));
        }
        assertEquals(0, node.stop());
        Path kept = node.dataFolder().resolveSibling("kept");
        Files.move(node.dataFolder(), kept);
        node.start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.SUCCESS, client.set("key", "after"));
        }
        assertEquals(0, node.stop());
        delete(node.dataFolder());
        Files.move(kept, node.dataFolder());

        node.start();
        Await.until("the node has recovered anew", PATIENCE, () -> node.output().contains("recovery ends"));
        node.awaitReady();

        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.found("key", "after"), client.get("key"));
        }
        try (Stream<Path> files = Files.list(node.dataFolder())) {
            assertEquals(
                    1,
                    files.filter(file -> file.getFileName().toString().startsWith("store-set-aside-"))
                            .count());
        }
    }
}
