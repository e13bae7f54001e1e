package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does with more than it can hold, with a policy that is held up at will. */
class OverloadTest {

    private static final int MIB = 1 << 20;
    private static final String GET = "{\"key\":\"a\"}";
    private static final String NOT_FOUND = "200 {\"code\":500,\"message\":\"NotFound\",\"success\":false}";
    private static final String NO_MEMORY =
            "{\"code\":503,\"message\":\"The requests under way hold all memory that they"
                    + " may (MOSTDB_REQUEST_MEMORY_MIB): try again in a moment.\",\"success\":false}";

    @TempDir
    private Path root;

    @Test
    void aBodyBeyondTheMemoryOfRequestsIsRefusedBeforeItIsReadAndItsConnectionGoesOn() throws Exception {
        try (RunningNode node = RunningNode.start(root, "MOSTDB_REQUEST_MEMORY_MIB", "2");
                RawClient holder = new RawClient(node.port());
                RawClient other = new RawClient(node.port())) {
            // Twice its body counts: with half a MiB and a byte one MiB is left, but for two bytes.
            int held = MIB / 2 + 1;
            holder.send("POST /mostdb/set HTTP/1.1\r\nHost: a\r\nContent-Length: " + held + "\r\n\r\n{");
            await(node, 2L * held);
            String refused = other.ask("/mostdb/set", "x".repeat(MIB / 2)).answer();
            assertTrue(refused.startsWith("HTTP/1.1 503 "), refused);
            assertTrue(refused.contains("Retry-After: 1"), refused);
            assertTrue(refused.endsWith(NO_MEMORY), refused);
            // What just fits is let in, and is only wrong.
            String fits = other.ask("/mostdb/set", "x".repeat(MIB / 2 - 1)).answer();
            assertTrue(fits.startsWith("HTTP/1.1 200 "), fits);
            holder.send(" ".repeat(held - 1)).answer();
            await(node, 0);
            String again = other.ask("/mostdb/set", "x".repeat(MIB / 2)).answer();
            assertTrue(again.startsWith("HTTP/1.1 200 "), again);
        }
    }

    @Test
    void aBodyInChunksTakesWhatIsAllowedAndIsNotGatheredWhenRefused() throws Exception {
        String head = "POST /mostdb/set HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (RunningNode node = RunningNode.start(root, "MOSTDB_REQUEST_MEMORY_MIB", "14");
                RawClient holder = new RawClient(node.port());
                RawClient other = new RawClient(node.port())) {
            holder.send(head + "1\r\n{\r\n");
            await(node, 2L * (6 * (MIB + 4096) + 1024));
            other.send(head + "ffffff\r\n");
            assertTrue(other.answer().endsWith(NO_MEMORY));
            assertTrue(other.isClosedByTheNode());
        }
    }

    @Test
    void aBodyThatDoesNotArriveInTimeHoldsNothingAnyMoreAndItsConnectionIsClosed() throws Exception {
        try (RunningNode node =
                        RunningNode.start(root, "MOSTDB_BODY_TIMEOUT_MILLIS", "200", "MOSTDB_REQUEST_LIMIT", "1");
                RawClient slow = new RawClient(node.port());
                RawClient other = new RawClient(node.port())) {
            slow.ask("/mostdb/get", GET).answer();
            slow.send("POST /mostdb/set HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
            assertTrue(slow.isClosedByTheNode());
            await(node, 0);
            String answer = other.ask("/mostdb/get", GET).answer();
            assertTrue(answer.endsWith(NOT_FOUND.substring("200 ".length())), answer);
        }
    }

    @Test
    void memoryIsHeldUntilTheOperationIsAnswered() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch inside = new CountDownLatch(1);
        InMemoryPolicyProvider.onKey("!held", () -> {
            inside.countDown();
            awaitLatch(goOn);
            return Optional.empty();
        });
        try (RunningNode node = RunningNode.start(root, "MOSTDB_REQUEST_MEMORY_MIB", "2");
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            String body = "{\"key\":\"!held\",\"value\":\"" + "v".repeat(MIB - 4096) + "\"}";
            Future<String> held = executor.submit(() -> node.post("/mostdb/set", body));
            awaitLatch(inside);
            assertEquals("503 " + NO_MEMORY, node.post("/mostdb/set", "x".repeat(MIB / 2)));
            goOn.countDown();
            assertEquals("200 {\"code\":200,\"success\":true}", held.get());
            await(node, 0);
            assertEquals(
                    "200 {\"code\":200,\"success\":true}",
                    node.post("/mostdb/set", "{\"key\":\"a\",\"value\":\"" + "v".repeat(MIB / 2) + "\"}"));
        }
    }

    @Test
    void requestsBeyondTheLimitAreRefusedAndServedAgainAfterwards() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch inside = new CountDownLatch(4);
        InMemoryPolicyProvider.onKey("!busy", () -> {
            inside.countDown();
            awaitLatch(goOn);
            return Optional.empty();
        });
        try (RunningNode node = RunningNode.start(root, "MOSTDB_REQUEST_LIMIT", "4");
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> busy = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                busy.add(executor.submit(() -> node.post("/mostdb/get", "{\"key\":\"!busy\"}")));
            }
            awaitLatch(inside);
            for (int i = 0; i < 50; i++) {
                assertEquals(
                        "503 {\"code\":503,\"message\":\"This node has 4 requests under way (MOSTDB_REQUEST_LIMIT):"
                                + " try again in a moment.\",\"success\":false}",
                        node.post("/mostdb/get", GET));
            }
            goOn.countDown();
            for (Future<String> request : busy) {
                assertEquals(NOT_FOUND, request.get());
            }
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET));
        }
    }

    @Test
    void aClientBeyondTheConnectionsIsRefusedButAnOperatorIsNotAndAPlaceThatIsFreeAgainIsGivenAway() throws Exception {
        try (RunningNode node = RunningNode.start(root, "MOSTDB_CONNECTION_LIMIT", "2");
                RawClient first = new RawClient(node.port())) {
            assertTrue(first.ask("/mostdb/get", GET).answer().startsWith("HTTP/1.1 200 "));
            try (RawClient second = new RawClient(node.port())) {
                assertTrue(second.ask("/mostdb/get", GET).answer().startsWith("HTTP/1.1 200 "));
                refusesAnotherOne(node);
            }
            awaitUntil(() -> {
                try (RawClient next = new RawClient(node.port())) {
                    return next.ask("/mostdb/get", GET).answer().startsWith("HTTP/1.1 200 ");
                }
            });
            assertTrue(first.ask("/mostdb/get", GET).answer().startsWith("HTTP/1.1 200 "));
        }
    }

    private static void refusesAnotherOne(RunningNode node) throws IOException {
        try (RawClient third = new RawClient(node.port());
                RawClient operator = new RawClient(node.port())) {
            String refused = third.ask("/mostdb/get", GET).answer();
            assertTrue(refused.startsWith("HTTP/1.1 503 "), refused);
            assertTrue(refused.contains("(MOSTDB_CONNECTION_LIMIT)"), refused);
            assertTrue(third.isClosedByTheNode());
            operator.send("GET /v1/cluster HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(operator.answer().startsWith("HTTP/1.1 200 "));
        }
    }

    private static void await(RunningNode node, long memoryBytes) throws Exception {
        awaitUntil(() -> node.get("/metrics")
                .lines()
                .anyMatch(line -> line.startsWith("mostdb_request_memory_bytes")
                        && Double.parseDouble(line.substring(line.lastIndexOf(' '))) == memoryBytes));
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void awaitUntil(Condition condition) throws IOException {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - end < 0, "not within 20 seconds");
            Thread.onSpinWait();
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
