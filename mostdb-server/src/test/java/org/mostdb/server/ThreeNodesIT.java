package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

class ThreeNodesIT {

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void everyNodeCoordinatesAndAllShowTheSame() {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        for (ServerProcess writer : cluster.nodes()) {
            String key = "by " + writer.port();
            try (SeedClient client = new SeedClient(writer)) {
                assertEquals(SeedClient.SUCCESS, client.set(key, "first"));
                assertEquals(SeedClient.SUCCESS, client.set("shared", key));
                assertEquals(SeedClient.SUCCESS, client.set("gone", key));
            }
            for (ServerProcess reader : cluster.nodes()) {
                try (SeedClient client = new SeedClient(reader)) {
                    assertEquals(SeedClient.found(key, "first"), client.get(key));
                    assertEquals(SeedClient.found("shared", key), client.get("shared"));
                    assertEquals(SeedClient.SUCCESS, client.delete("gone"));
                    assertEquals(SeedClient.NOT_FOUND, client.get("gone"));
                }
            }
        }
        cluster.nodes().forEach(node -> assertEquals(0, node.stop()));
    }

    @Test
    void aHealthyRunTellsOfNoTrouble() {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        try (SeedClient client = new SeedClient(cluster.node(2))) {
            for (int i = 0; i < 300; i++) {
                assertEquals(SeedClient.SUCCESS, client.set("key" + i, "value" + i));
                assertEquals(SeedClient.found("key" + i, "value" + i), client.get("key" + i));
            }
        }
        cluster.nodes().forEach(node -> assertEquals(List.of(), node.troubles()));
    }

    @Test
    void aNodeThatMissedWritesIsNotBelievedWhenItIsBack() {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        try (SeedClient first = new SeedClient(cluster.node(1));
                SeedClient third = new SeedClient(cluster.node(3))) {
            for (int i = 0; i < 100; i++) {
                assertEquals(SeedClient.SUCCESS, first.set("rewritten" + i, "old"));
                assertEquals(SeedClient.SUCCESS, first.set("deleted" + i, "old"));
            }
            cluster.node(3).kill();
            for (int i = 0; i < 100; i++) {
                assertEquals(SeedClient.SUCCESS, first.set("rewritten" + i, "new"));
                assertEquals(SeedClient.SUCCESS, first.delete("deleted" + i));
            }
            cluster.node(3).start().awaitReady();
            cluster.node(2).kill();

            for (SeedClient client : List.of(first, third)) {
                for (int i = 0; i < 100; i++) {
                    assertEquals(SeedClient.found("rewritten" + i, "new"), client.get("rewritten" + i));
                    assertEquals(SeedClient.NOT_FOUND, client.get("deleted" + i));
                }
            }
        }
    }

    @Test
    void aNodeThatIsDownOrFrozenCostsNoWaiting() {
        // With these, an operation that waits for a time-out is not answered within the client's patience.
        ProcessCluster cluster = servers.cluster(3)
                .with("MOSTDB_OPERATION_TIMEOUT_MILLIS", "600000")
                .with("MOSTDB_PEER_TIMEOUT_MILLIS", "60000")
                .start()
                .awaitReady();

        cluster.node(3).kill();
        everythingWorksOn(cluster.node(1), "down");
        everythingWorksOn(cluster.node(2), "down");

        cluster.node(3).start().awaitReady();
        cluster.node(3).freeze();
        everythingWorksOn(cluster.node(1), "frozen");
        everythingWorksOn(cluster.node(2), "frozen");

        cluster.node(3).thaw();
        everythingWorksOn(cluster.node(3), "back");
    }

    private static void everythingWorksOn(ServerProcess node, String key) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; i < 50; i++) {
                assertEquals(SeedClient.SUCCESS, client.set(key + i, "value"));
                assertEquals(SeedClient.found(key + i, "value"), client.get(key + i));
                assertEquals(SeedClient.SUCCESS, client.delete(key + i));
                assertEquals(SeedClient.NOT_FOUND, client.get(key + i));
            }
        }
    }

    @Test
    void withoutAMajorityTheAnswerIsNotMostAndComesBackWithIt() {
        ProcessCluster cluster = servers.cluster(3)
                .with("MOSTDB_OPERATION_TIMEOUT_MILLIS", "1000")
                .start()
                .awaitReady();
        try (SeedClient client = new SeedClient(cluster.node(1))) {
            assertEquals(SeedClient.SUCCESS, client.set("key", "value"));
            cluster.node(2).kill();
            cluster.node(3).kill();
            assertEquals(SeedClient.NOT_MOST, client.get("key"));
            assertEquals(SeedClient.NOT_MOST, client.set("other", "value"));
            assertEquals(SeedClient.NOT_MOST, client.delete("key"));

            cluster.node(3).start().awaitReady();
            cluster.node(1).awaitReady();
            assertEquals(SeedClient.SUCCESS, client.set("third", "value"));
            assertEquals(SeedClient.found("third", "value"), client.get("third"));
        }
    }
}
