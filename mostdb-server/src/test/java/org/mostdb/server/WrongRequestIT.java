package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** What a client may get wrong is answered in the shape of the seed API, and harms nobody. */
class WrongRequestIT {

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void aWrongBodyIsAnsweredAsTheOriginalDid() {
        ServerProcess node = servers.node().start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            for (String operation : List.of("set", "get", "del")) {
                for (String body : List.of(
                        "",
                        "nonsense",
                        "{",
                        "[]",
                        "\"key\"",
                        "null",
                        "{}",
                        "{\"key\":\"\",\"value\":\"v\"}",
                        "{\"key\":null,\"value\":\"v\"}",
                        "{\"key\":1,\"value\":\"v\"}",
                        "{\"key\":{\"key\":\"k\"},\"value\":\"v\"}",
                        "{\"key\":\"k\",\"value\":\"v\"",
                        "{\"key\":\"k\",\"value\":\"v\"}}",
                        "[".repeat(100_000))) {
                    assertEquals(
                            SeedClient.Answer.ok(SeedClient.BAD_PARAMETERS),
                            client.post("/mostdb/" + operation, body),
                            () -> operation + " of " + body.substring(0, Math.min(body.length(), 60)));
                }
            }
            assertStillWorks(node, client);
        }
    }

    @Test
    void whatIsOverItsLimitIsAnsweredAndNotStored() {
        ServerProcess node = servers.node()
                .with("MOSTDB_KEY_LIMIT_BYTES", "10")
                .with("MOSTDB_VALUE_LIMIT_BYTES", "20")
                .start()
                .awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.SUCCESS, client.set("k".repeat(10), "v".repeat(20)));
            assertErrorInShape(client.post("/mostdb/set", "{\"key\":\"" + "k".repeat(11) + "\",\"value\":\"v\"}"));
            assertErrorInShape(client.post("/mostdb/set", "{\"key\":\"k\",\"value\":\"" + "v".repeat(21) + "\"}"));
            assertErrorInShape(client.post("/mostdb/get", "{\"key\":\"" + "k".repeat(11) + "\"}"));
            assertEquals(SeedClient.NOT_FOUND, client.get("k"));
            // Four characters of three bytes each: the limits count bytes.
            assertErrorInShape(client.post("/mostdb/set", "{\"key\":\"鍵鍵鍵鍵\",\"value\":\"v\"}"));
            SeedClient.Answer tooLong =
                    client.post("/mostdb/set", "{\"key\":\"k\",\"value\":\"" + "v".repeat(5_000) + "\"}");
            assertEquals(413, tooLong.status());
            assertErrorInShape(tooLong);
            assertStillWorks(node, client);
        }
    }

    @Test
    void aWrongMethodOrPathIsAnsweredInTheSameShape() {
        ServerProcess node = servers.node().start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            byte[] body = "{\"key\":\"k\",\"value\":\"v\"}".getBytes(StandardCharsets.UTF_8);
            assertErrorInShape(client.send("GET", "/mostdb/get", new byte[0]));
            assertErrorInShape(client.send("PUT", "/mostdb/set", body));
            assertErrorInShape(client.send("DELETE", "/mostdb/del", body));
            assertErrorInShape(client.send("POST", "/mostdb/", body));
            assertErrorInShape(client.send("POST", "/mostdb/put", body));
            assertErrorInShape(client.send("POST", "/", body));
            assertErrorInShape(client.send("GET", "/nowhere", new byte[0]));
            assertErrorInShape(client.send("POST", "/mostdb/set/more", body));
            assertEquals(SeedClient.NOT_FOUND, client.get("k"));
            assertStillWorks(node, client);
        }
    }

    @Test
    void whatIsNotHttpAtAllIsToldSo() throws IOException {
        ServerProcess node = servers.node().start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertRefused(node, 505, "GET /health HTTP/1.0\r\nHost: a\r\n\r\n");
            for (String request : List.of(
                    "GET /health HTTP/9.9\r\nHost: a\r\n\r\n",
                    "GET /health\r\n\r\n",
                    "nonsense\r\n\r\n",
                    "\u0016\u0003\u0001\u0000\r\n\r\n",
                    "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /health HTTP/1.1\r\nHo st: a\r\n\r\n",
                    "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")) {
                assertRefused(node, 400, request);
            }
            assertStillWorks(node, client);
        }
    }

    private static void assertRefused(ServerProcess node, int status, String request) throws IOException {
        try (RawClient raw = new RawClient(node.port())) {
            String answer = raw.send(request).answer();
            assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
            assertTrue(
                    answer.endsWith("\",\"success\":false}") && answer.contains("{\"code\":" + status + ","), answer);
            assertTrue(raw.isClosedByTheNode(), request);
        }
    }

    private static void assertErrorInShape(SeedClient.Answer answer) {
        assertTrue(
                answer.body().matches("\\{\"code\":[45]\\d\\d,\"message\":\"[^\"]+\",\"success\":false}"),
                answer.toString());
    }

    private static void assertStillWorks(ServerProcess node, SeedClient client) {
        assertEquals(SeedClient.SUCCESS, client.set("works", "still"));
        assertEquals(SeedClient.found("works", "still"), client.get("works"));
        assertFalse(node.output().contains(" ERROR "), node.output());
        assertFalse(node.output().contains("\tat "), node.output());
        assertEquals("", node.errors());
    }
}
