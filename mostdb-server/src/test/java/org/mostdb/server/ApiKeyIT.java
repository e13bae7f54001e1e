package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Await;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

class ApiKeyIT {

    private static final String SET = "{\"key\":\"k\",\"value\":\"v\"}";

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void withTheKeyTheClusterWorksAndWithoutItEveryRequestIsRefused() {
        ProcessCluster cluster = servers.cluster(3)
                .with("MOSTDB_API_KEY_ENABLE", "true")
                .with("MOSTDB_API_KEY_VALUE", "open-sesame")
                .start()
                .awaitReady();
        try (SeedClient client = new SeedClient(cluster.node(1))) {
            assertEquals(
                    SeedClient.Answer.ok(SeedClient.SUCCESS),
                    client.post("/mostdb/set", SET, "X-MOSTDB-AUTH", "open-sesame"));
            for (String path : new String[] {"/mostdb/set", "/mostdb/get", "/mostdb/del", "/nowhere"}) {
                assertUnauthorized(client.post(path, SET));
                assertUnauthorized(client.post(path, SET, "X-MOSTDB-AUTH", "open-sesam"));
                assertUnauthorized(client.post(path, SET, "X-MOSTDB-AUTH", ""));
            }
            assertUnauthorized(client.send("GET", "/v1/cluster", new byte[0]));
            assertEquals(
                    SeedClient.Answer.ok(SeedClient.found("k", "v")),
                    client.post("/mostdb/get", "{\"key\":\"k\"}", "X-MOSTDB-AUTH", "open-sesame"));
        }
        cluster.nodes().forEach(node -> assertFalse(node.log().contains("open-sesame"), "the key is in the log"));
    }

    @Test
    void aPeerWithAnotherKeyStaysOut() {
        ProcessCluster cluster = servers.cluster(3)
                .with("MOSTDB_API_KEY_ENABLE", "true")
                .with("MOSTDB_API_KEY_VALUE", "open-sesame")
                .with("MOSTDB_OPERATION_TIMEOUT_MILLIS", "500")
                .start()
                .awaitReady();
        ServerProcess stranger = cluster.node(3);
        assertEquals(0, stranger.stop());
        stranger.with("MOSTDB_API_KEY_VALUE", "open-barley").start();

        try (SeedClient good = new SeedClient(cluster.node(1));
                SeedClient wrong = new SeedClient(stranger)) {
            Await.until(
                    "the refused node says why",
                    Duration.ofSeconds(30),
                    () -> stranger.output().matches("(?s).*(WARN |ERROR).*(API|401|key).*"));
            assertEquals(
                    SeedClient.Answer.ok(SeedClient.SUCCESS),
                    good.post("/mostdb/set", SET, "X-MOSTDB-AUTH", "open-sesame"));
            assertEquals(
                    SeedClient.Answer.ok(SeedClient.NOT_MOST),
                    wrong.post("/mostdb/get", "{\"key\":\"k\"}", "X-MOSTDB-AUTH", "open-barley"));
        }
        assertTrue(stranger.isAlive(), stranger.log());
    }

    private static void assertUnauthorized(SeedClient.Answer answer) {
        assertEquals(401, answer.status());
        assertTrue(
                answer.body().matches("\\{\"code\":401,\"message\":\"[^\"]+\",\"success\":false}"), answer.toString());
    }
}
