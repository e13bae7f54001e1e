package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Await;
import org.mostdb.faults.CheckedLoad;
import org.mostdb.faults.Folders;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** A member whose disk was lost, replaced or put back from an older copy comes back by itself. */
class RecoveryIT {

    private static final int KEYS = 500;

    /** So many operations at a node show that the load goes on there. */
    private static final int ENOUGH = 30;

    private static final Pattern OWN_ID =
            Pattern.compile("\\{\"id\":\"([^\"]+)\",\"address\":\"[^\"]*\",\"self\":true");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void eachNodeInTurnMayLoseItsDataFolderUnderLoadAndEveryReadIsRight() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        fill(cluster.node(1));
        try (CheckedLoad load = CheckedLoad.on(cluster)) {
            for (int number = 1; number <= 3; number++) {
                load.awaitMore(ENOUGH, 1, 2, 3);
                ServerProcess lost = cluster.node(number).kill();
                Folders.delete(lost.dataFolder());
                load.awaitMore(ENOUGH, others(number));

                lost.start().awaitReady();

                assertTrue(lost.output().contains("recovery ends"), lost::log);
            }
            load.awaitMore(ENOUGH, 1, 2, 3);
            load.endAndCheck();
        }
        cluster.nodes().forEach(RecoveryIT::assertAllIsThere);
    }

    @Test
    void eachNodeInTurnMayGetAnOldCopyOfItsStoreUnderLoadAndEveryReadIsRight() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        fill(cluster.node(1));
        cluster.nodes().forEach(ServerProcess::terminate);
        for (ServerProcess node : cluster.nodes()) {
            assertEquals(0, node.awaitEnd());
            Folders.copy(node.dataFolder(), copyFor(node));
        }
        cluster.start().awaitReady();
        try (CheckedLoad load = CheckedLoad.on(cluster)) {
            for (int number = 1; number <= 3; number++) {
                load.awaitMore(ENOUGH, 1, 2, 3);
                ServerProcess node = cluster.node(number);
                String id = ownId(node);
                node.kill();
                putBack(copyFor(node), node);
                load.awaitMore(ENOUGH, others(number));

                node.start();
                Await.until("it has recovered", PATIENCE, () -> node.output().contains("recovery ends"));
                node.awaitReady();

                String expected = "the store of this node, " + id + ", holds less than member ";
                assertTrue(node.output().contains(expected), node::log);
                assertEquals(1, setAside(node), node::log);
                assertNotEquals(id, ownId(node));
            }
            load.awaitMore(ENOUGH, 1, 2, 3);
            load.endAndCheck();
        }
        cluster.nodes().forEach(RecoveryIT::assertAllIsThere);
    }

    @Test
    void twoOfThreeWithoutTheirStoresSayWhatToDoAndServeAgainOnceOneIsPutBack() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        fill(cluster.node(1));
        ServerProcess first = cluster.node(1);
        ServerProcess second = cluster.node(2);
        Path kept = first.dataFolder().resolveSibling("kept");
        try (CheckedLoad load = CheckedLoad.on(cluster)) {
            load.awaitMore(ENOUGH, 1, 2, 3);
            first.killSoon();
            second.killSoon();
            first.awaitEnd();
            second.awaitEnd();
            Files.move(first.dataFolder(), kept);
            Folders.delete(second.dataFolder());
            first.start();
            second.start();
            for (ServerProcess wiped : List.of(first, second)) {
                Await.until(
                        "its log says that it waits in vain",
                        PATIENCE,
                        () -> wiped.output()
                                .lines()
                                .anyMatch(
                                        line -> line.contains("this node cannot recover") && line.contains("reform")));
            }
            cluster.nodes().forEach(RecoveryIT::awaitAdvice);

            first.kill();
            putBack(kept, first);
            first.start();
            cluster.awaitReady();

            assertTrue(second.output().contains("recovery ends"), second::log);
            load.awaitMore(ENOUGH, 1, 2, 3);
            load.endAndCheck();
        }
        cluster.nodes().forEach(RecoveryIT::assertAllIsThere);
    }

    private static int[] others(int number) {
        return IntStream.rangeClosed(1, 3).filter(other -> other != number).toArray();
    }

    private static Path copyFor(ServerProcess node) {
        return node.dataFolder().resolveSibling("copy");
    }

    private static void putBack(Path old, ServerProcess node) throws IOException {
        Folders.delete(node.dataFolder());
        Files.move(old, node.dataFolder());
    }

    private static String ownId(ServerProcess node) {
        try (SeedClient client = new SeedClient(node)) {
            String page = client.send("GET", "/v1/cluster", new byte[0]).body();
            Matcher own = OWN_ID.matcher(page);
            assertTrue(own.find(), page);
            return own.group(1);
        }
    }

    private static void awaitAdvice(ServerProcess node) {
        try (SeedClient client = new SeedClient(node)) {
            for (String path : List.of("/v1/cluster", "/health/ready")) {
                Await.until(path + " at port " + node.port() + " says what is wrong and what to do", PATIENCE, () -> {
                    String page = client.send("GET", path, new byte[0]).body();
                    return Stream.of(
                                    "too many members lost their stores at once",
                                    "bring back one of the lost stores",
                                    "./mostdb reform")
                            .allMatch(page::contains);
                });
            }
        }
    }

    private static long setAside(ServerProcess node) throws IOException {
        try (Stream<Path> files = Files.list(node.dataFolder())) {
            return files.filter(file -> file.getFileName().toString().startsWith("store-set-aside-"))
                    .count();
        }
    }

    private static void fill(ServerProcess node) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals(SeedClient.SUCCESS, client.set("key" + i, "value" + i));
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
        putBack(kept, node);

        node.start();
        Await.until("the node has recovered anew", PATIENCE, () -> node.output().contains("recovery ends"));
        node.awaitReady();

        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.found("key", "after"), client.get("key"));
        }
        assertEquals(1, setAside(node), node::log);
    }
}
