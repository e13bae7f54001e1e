package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Await;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** What an operator does when a majority of the stores is lost. */
class ReformIT {

    private static final int KEYS = 200;
    private static final int REFUSED = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void whatIsLeftOfAClusterServesAgainWithTwoEmptyNodes() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        ServerProcess left = cluster.node(3);
        lose(cluster.node(1));
        // Two of three: the third has all of it.
        try (SeedClient client = new SeedClient(cluster.node(2))) {
            for (int i = 0; i < KEYS; i++) {
                String key = "key" + i;
                String value = "value" + i;
                Await.until(
                        key + " is set", PATIENCE, () -> client.set(key, value).equals(SeedClient.SUCCESS));
            }
            assertEquals(SeedClient.SUCCESS, client.delete("key0"));
        }
        lose(cluster.node(2));
        for (int number = 1; number <= 2; number++) {
            ServerProcess wiped = cluster.node(number).start();
            Await.until(
                    "it says that it recovers", PATIENCE, () -> wiped.output().contains("recovery begins"));
        }
        assertNobodyServes(cluster);

        assertEquals(REFUSED, left.run("reform", "--yes"));
        assertTrue(left.errors().contains("in use by another node: stop that one"), left::log);
        assertEquals(0, left.stop());
        assertEquals(REFUSED, left.run("reform"));
        assertTrue(left.errors().contains("no terminal"), left::log);
        assertTrue(left.output().contains("Nothing was changed."), left::log);
        assertEquals(0, left.run("reform", "--yes"), left::log);
        assertTrue(left.output().contains("are needed to be sure of every acknowledged write"), left::log);
        assertEquals(1, setAside(left).size());

        // The wiped ones still run, and join by themselves.
        left.start();
        cluster.awaitReady();
        cluster.nodes().forEach(ReformIT::assertAllIsThere);
        for (ServerProcess node : cluster.nodes()) {
            node.kill();
            cluster.nodes().stream().filter(other -> other != node).forEach(ReformIT::assertAllIsThere);
            node.start().awaitReady();
        }
        // From now on the founder is a member like every other.
        lose(left);
        left.start().awaitReady();
        assertAllIsThere(left);
    }

    @Test
    void storesOfOtherMachinesAddWhatTheyHold() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        cluster.node(3).kill();
        try (SeedClient client = new SeedClient(cluster.node(1))) {
            assertEquals(SeedClient.SUCCESS, client.set("key", "that node 3 has not"));
        }
        assertEquals(0, cluster.node(1).stop());
        assertEquals(0, cluster.node(2).stop());
        ServerProcess left = cluster.node(3);

        assertEquals(0, left.run("reform", "--yes", cluster.node(2).dataFolder().toString()), left::log);
        assertTrue(left.output().contains("nothing that was acknowledged is lost"), left::log);
        Files.move(cluster.node(1).dataFolder(), cluster.node(1).dataFolder().resolveSibling("old"));
        left.start();
        cluster.node(1).start().awaitReady();

        try (SeedClient client = new SeedClient(left)) {
            assertEquals(SeedClient.found("key", "that node 3 has not"), client.get("key"));
        }
    }

    private static void lose(ServerProcess node) throws IOException {
        node.kill();
        Files.move(node.dataFolder(), node.dataFolder().resolveSibling("lost"));
    }

    private static void assertNobodyServes(ProcessCluster cluster) {
        for (ServerProcess node : cluster.nodes()) {
            try (SeedClient client = new SeedClient(node)) {
                Await.until(
                        "node " + node.port() + " says why",
                        PATIENCE,
                        () -> client.send("GET", "/v1/cluster", new byte[0])
                                .body()
                                .contains("not ready: "));
                assertEquals(SeedClient.NOT_MOST, client.get("key1"));
                assertEquals(SeedClient.NOT_MOST, client.set("key1", "wrong"));
            }
        }
    }

    private static void assertAllIsThere(ServerProcess node) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 1; i < KEYS; i++) {
                String key = "key" + i;
                String value = "value" + i;
                Await.until(key + " is read", PATIENCE, () -> {
                    String answer = client.get(key);
                    assertTrue(
                            List.of(SeedClient.found(key, value), SeedClient.NOT_MOST)
                                    .contains(answer),
                            answer);
                    return !answer.equals(SeedClient.NOT_MOST);
                });
            }
            assertEquals(SeedClient.NOT_FOUND, client.get("key0"));
        }
    }

    private static List<Path> setAside(ServerProcess node) throws IOException {
        try (Stream<Path> files = Files.list(node.dataFolder())) {
            return files.filter(file -> file.getFileName().toString().startsWith("store-set-aside-"))
                    .toList();
        }
    }
}
