package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.Entry;
import org.mostdb.api.MemberState;
import org.mostdb.api.MemberStatus;
import org.mostdb.api.NodeId;

class NodeTest {

    private static final String GET_A = "{\"key\":\"a\"}";
    private static final String NOT_FOUND = "200 {\"code\":500,\"message\":\"NotFound\",\"success\":false}";

    @TempDir
    private Path root;

    @Test
    void withTheApiKeyEnabledOnlyHealthIsOpen() {
        try (RunningNode node = RunningNode.start(
                root,
                "MOSTDB_API_KEY_ENABLE",
                "true",
                "MOSTDB_API_KEY_VALUE",
                "s3cret",
                "MOSTDB_API_KEY_NAME",
                "X-K")) {
            String unauthorized = "401 {\"code\":401,\"message\":\"The API key is missing or wrong: send it in the"
                    + " header X-K (MOSTDB_API_KEY_NAME).\",\"success\":false}";
            assertEquals(unauthorized, node.post("/mostdb/get", GET_A));
            assertEquals(unauthorized, node.post("/mostdb/get", GET_A, "X-K", "s3creT"));
            assertEquals(unauthorized, node.get("/metrics"));
            assertEquals(unauthorized, node.get("/v1/cluster"));
            assertEquals(unauthorized, node.get("/nowhere"));
            assertEquals(unauthorized, node.get("/health/../metrics"));
            assertEquals(unauthorized, node.get("/healthy"));
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A, "x-k", "s3cret"));
            assertTrue(node.get("/health/ready").startsWith("200 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/a/b"})
    void theContextPathIsHonoured(String path) {
        try (RunningNode node = RunningNode.start(root, "MOSTDB_CONTEXT_PATH", path)) {
            String before = path.equals("/") ? "" : path;
            assertEquals(NOT_FOUND, node.post(before + "/get", GET_A));
            assertTrue(node.post("/mostdb/get", GET_A).startsWith("404 "));
            assertTrue(node.get("/health/ready").startsWith("200 "));
            assertTrue(node.get("/metrics").startsWith("200 "));
        }
    }

    @Test
    void theClusterPageShowsWhatThePolicySees() {
        try (RunningNode node = RunningNode.start(root, "MOSTDB_SERVER_URL", "http://here:5379")) {
            assertEquals(
                    "200 {\"clusterId\":\"c1\",\"ready\":true,\"summary\":\"serving alone\",\"policy\":\"memory\","
                            + "\"engine\":\"memory\",\"members\":[{\"id\":\"0000000000000001\","
                            + "\"address\":\"http://here:5379\",\"self\":true,\"state\":\"up\","
                            + "\"since\":\"1970-01-01T00:00:00Z\",\"epoch\":3,\"lastHeard\":null,"
                            + "\"behind\":null,\"lastEqual\":null}]}\n",
                    node.get("/v1/cluster"));
            assertTrue(node.post("/v1/cluster", "").startsWith("405 "));
        }
    }

    @Test
    void readyAndLiveFollowThePolicy() {
        try (RunningNode node = RunningNode.start(root)) {
            assertTrue(node.get("/health/ready").startsWith("200 "));
            assertTrue(node.get("/health/live").startsWith("200 "));
            status(false, false, "waiting for two members");
            assertTrue(node.get("/health/ready").startsWith("503 "));
            assertTrue(node.get("/health/ready").contains("waiting for two members"));
            assertTrue(node.get("/health/live").startsWith("200 "));
            assertFalse(node.get("/health/live").contains("waiting for two members"), node.get("/health/live"));
            status(false, true, "the disk is gone");
            assertTrue(node.get("/health/live").startsWith("503 "));
        } finally {
            InMemoryPolicyProvider.status(Optional.empty());
        }
    }

    private static void status(boolean ready, boolean failed, String summary) {
        InMemoryPolicyProvider.status(
                Optional.of(new ClusterStatus(Optional.empty(), ready, failed, summary, List.of())));
    }

    @Test
    void aFailedStoreIsCopiedAnewOnceAMajorityOfTheOthersVotesOrIfItWasNeverAMember() {
        try (RunningNode node = RunningNode.start(root)) {
            failed(Optional.of("c1"), MemberState.UP, MemberState.DOWN);
            assertFalse(node.node().canCopyAnew());
            failed(Optional.of("c1"), MemberState.UP, MemberState.UP);
            assertTrue(node.node().canCopyAnew());
            // Who is no member yet sees nobody as up.
            failed(Optional.empty(), MemberState.JOINING, MemberState.JOINING);
            assertTrue(node.node().canCopyAnew());
        } finally {
            InMemoryPolicyProvider.status(Optional.empty());
        }
    }

    private static void failed(Optional<String> clusterId, MemberState... others) {
        List<MemberStatus> members = new ArrayList<>();
        members.add(member(true, MemberState.FAILED));
        for (MemberState other : others) {
            members.add(member(false, other));
        }
        InMemoryPolicyProvider.status(
                Optional.of(new ClusterStatus(clusterId, false, true, "the disk is gone", members)));
    }

    private static MemberStatus member(boolean self, MemberState state) {
        return new MemberStatus(
                Optional.of(new NodeId(1)),
                "",
                self,
                state,
                Instant.EPOCH,
                1,
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }

    @Test
    void metricsAreInPrometheusFormatWhateverIsAccepted() {
        try (RunningNode node = RunningNode.start(root)) {
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A));
            InMemoryPolicyProvider.lastContext()
                    .metrics()
                    .counter("mostdb_test", "A counter")
                    .add(3);
            InMemoryPolicyProvider.lastContext().metrics().gauge("mostdb_up", "A gauge", "peer-1", () -> 1);
            for (String accept : new String[] {"*/*", "text/plain"}) {
                String page = node.get("/metrics", "Accept", accept);
                assertTrue(page.contains("mostdb_requests_total{operation=\"get\",outcome=\"not_found\""), page);
                assertTrue(page.contains("mostdb_request_seconds_bucket{operation=\"get\""), page);
                assertTrue(page.contains("mostdb_requests_in_flight{"), page);
                assertTrue(page.contains("mostdb_engine_disk_bytes{"), page);
                assertTrue(page.contains("mostdb_engine_block_cache_bytes{"), page);
                assertTrue(page.contains("mostdb_test_total{"), page);
                assertTrue(page.contains("mostdb_up{of=\"peer-1\""), page);
            }
        }
    }

    @Test
    void durationsAreCountedInTheBucketThatTheyFallInto() {
        try (RunningNode node = RunningNode.start(root)) {
            var seconds = InMemoryPolicyProvider.lastContext().metrics().distribution("mostdb_test_seconds", "Spread");
            seconds.record(0.003);
            seconds.record(0.2);
            String page = node.get("/metrics");
            assertTrue(page.contains("mostdb_test_seconds_bucket{scope=\"application\",le=\"0.0025\",} 0.0"), page);
            assertTrue(page.contains("mostdb_test_seconds_bucket{scope=\"application\",le=\"0.005\",} 1.0"), page);
            assertTrue(page.contains("mostdb_test_seconds_bucket{scope=\"application\",le=\"0.25\",} 2.0"), page);
        }
    }

    @Test
    void requestsOverTheLimitAreRefusedAtOnceAndHealthIsStillAnswered() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        InMemoryPolicyProvider.onKey("!wait-limit", () -> waiting(inside, release));
        try (RunningNode node = RunningNode.start(root, "MOSTDB_REQUEST_LIMIT", "1")) {
            CompletableFuture<String> first =
                    CompletableFuture.supplyAsync(() -> node.post("/mostdb/get", "{\"key\":\"!wait-limit\"}"));
            inside.await();
            assertEquals(
                    "503 {\"code\":503,\"message\":\"This node has 1 request under way (MOSTDB_REQUEST_LIMIT):"
                            + " try again in a moment.\",\"success\":false}",
                    node.post("/mostdb/get", GET_A));
            assertTrue(node.get("/health/ready").startsWith("200 "));
            assertCounted(node, "overloaded");
            release.countDown();
            assertEquals(NOT_FOUND, first.join());
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A));
        }
    }

    private static void assertCounted(RunningNode node, String outcome) {
        String page = node.get("/metrics");
        assertTrue(page.contains("mostdb_requests_total{operation=\"get\",outcome=\"" + outcome + "\""), page);
    }

    @Test
    void aStopGivesUpARequestThatTakesLongerThanItsLimit() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        InMemoryPolicyProvider.onKey("!wait-forever", () -> waiting(inside, release));
        try (RunningNode node = RunningNode.start(root, "MOSTDB_SHUTDOWN_TIMEOUT_MILLIS", "100")) {
            Thread.ofVirtual().start(() -> node.post("/mostdb/get", "{\"key\":\"!wait-forever\"}"));
            inside.await();
            CompletableFuture.runAsync(node.node()::close).get(1, TimeUnit.MINUTES);
        } finally {
            release.countDown();
        }
    }

    @Test
    void aStopWaitsForRequestsUnderWayAndRefusesLaterOnes() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        InMemoryPolicyProvider.onKey("!wait-stop", () -> waiting(inside, release));
        try (RunningNode node = RunningNode.start(root)) {
            CompletableFuture<String> first =
                    CompletableFuture.supplyAsync(() -> node.post("/mostdb/get", "{\"key\":\"!wait-stop\"}"));
            inside.await();
            CompletableFuture<Void> stop = CompletableFuture.runAsync(node.node()::close);
            while (!node.get("/health/ready").startsWith("503 ")) {
                Thread.onSpinWait();
            }
            assertEquals(
                    "503 {\"code\":503,\"message\":\"This node is stopping.\",\"success\":false}",
                    node.post("/mostdb/get", GET_A));
            assertCounted(node, "unavailable");
            String request =
                    "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nContent-Length: " + GET_A.length() + "\r\n\r\n" + GET_A;
            String answers = node.raw(request + request); // ends when the node closes the connection
            assertTrue(answers.contains("Connection: close"), answers);
            assertEquals(answers.indexOf("HTTP/1.1"), answers.lastIndexOf("HTTP/1.1"), answers);
            assertThrows(TimeoutException.class, () -> stop.get(1, TimeUnit.SECONDS));
            release.countDown();
            assertEquals(NOT_FOUND, first.join());
            stop.join();
        }
    }

    private static Optional<Entry> waiting(CountDownLatch inside, CountDownLatch release) {
        inside.countDown();
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    @Test
    void aPortInUseIsRefusedAndEverythingIsGivenFree() throws IOException {
        try (ServerSocket used = new ServerSocket(0)) {
            Map<String, String> environment =
                    RunningNode.environment(root, "MOSTDB_SERVER_PORT", String.valueOf(used.getLocalPort()));
            Settings settings = Settings.of(environment);
            String sentence = String.valueOf(assertThrows(
                            StartRefusedException.class,
                            () -> Node.start(settings, environment, reason -> {}, reason -> {}, reason -> {}))
                    .getMessage());
            assertTrue(
                    sentence.startsWith("MOSTDB_SERVER_PORT=" + used.getLocalPort() + " can't be listened on ("),
                    sentence);
        }
        try (RunningNode node = RunningNode.start(root)) {
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A));
        }
    }

    @Test
    void aPolicyCanEndTheNode() {
        try (RunningNode node = RunningNode.start(root)) {
            InMemoryPolicyProvider.lastContext().stop("two addresses lead to one node");
            assertEquals(List.of("two addresses lead to one node"), node.stopReasons());
        }
    }

    @Test
    void aBodyOverItsLimitIsRefusedAndTheNextRequestIsServed() {
        try (RunningNode node = RunningNode.start(root, "MOSTDB_BODY_LIMIT_BYTES", "1000")) {
            String refusal = "413 {\"code\":413,\"message\":\"The body is longer than 1000 bytes"
                    + " (MOSTDB_BODY_LIMIT_BYTES).\",\"success\":false}";
            assertEquals(refusal, node.post("/mostdb/set", "{\"key\":\"a\",\"value\":\"" + "x".repeat(1000) + "\"}"));
            assertEquals(refusal, node.post("/mostdb/set", "x".repeat(2_000_000)));
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A));
        }
    }

    @Test
    void aBodyFarOverItsLimitIsNotReadToItsEnd() {
        try (RunningNode node = RunningNode.start(root, "MOSTDB_BODY_LIMIT_BYTES", "1000")) {
            String answer = node.raw("POST /mostdb/set HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000000\r\n\r\n{");
            assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
            assertTrue(
                    answer.endsWith("{\"code\":413,\"message\":\"The body is longer than allowed"
                            + " (MOSTDB_BODY_LIMIT_BYTES).\",\"success\":false}"),
                    answer);
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0016\u0003\u0001\u0002\u0000\r\n\r\n",
                "GET / HTTP/1.0\r\n\r\n",
                "GET /mostdb/get\r\n\r\n",
                "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
                "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
                "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
            })
    void whatIsNoProperHttpEndsItsOwnConnectionOnly(String text) {
        try (RunningNode node = RunningNode.start(root)) {
            String answer = node.raw(text);
            assertTrue(
                    answer.isEmpty() || answer.startsWith("HTTP/1.1 40") || answer.startsWith("HTTP/1.1 50"), answer);
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A));
        }
    }

    @Test
    void headersOverTheirLimitAreRefused() {
        try (RunningNode node = RunningNode.start(root)) {
            String answer = node.raw("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
            assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
            assertEquals(NOT_FOUND, node.post("/mostdb/get", GET_A));
        }
    }

    @Test
    void aClientThatWaitsForContinueIsAskedForItsBody() throws IOException {
        try (RunningNode node = RunningNode.start(root);
                Socket socket = new Socket("localhost", node.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("POST /mostdb/get HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n"
                                    + "Content-Length: " + GET_A.length() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String expected = "HTTP/1.1 100 Continue\r\n\r\n";
            assertEquals(expected, new String(in.readNBytes(expected.length()), StandardCharsets.US_ASCII));
            socket.getOutputStream().write(GET_A.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.endsWith(NOT_FOUND.substring(4)), answer);
        }
    }
}
