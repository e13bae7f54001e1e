package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.OutcomeUnknownException;
import org.mostdb.api.OverloadedException;
import org.mostdb.api.StorageException;
import org.mostdb.api.UnsupportedByPolicyException;

class SeedApiTest {

    private static final String OK = "200 {\"code\":200,\"success\":true}";
    private static final String NOT_FOUND = "200 {\"code\":500,\"message\":\"NotFound\",\"success\":false}";
    private static final String NOT_MOST = "200 {\"code\":500,\"message\":\"NotMost\",\"success\":false}";
    private static final String WRONG = "200 {\"code\":500,\"message\":\"参数有误\",\"success\":false}";

    @TempDir
    private static Path root;

    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.start(root, "MOSTDB_KEY_LIMIT_BYTES", "100", "MOSTDB_VALUE_LIMIT_BYTES", "1000");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void setGetAndDelAnswerAsTheOriginal() {
        assertEquals(OK, node.post("/mostdb/set", "{\"key\":\"ping\",\"value\":\"pong\"}"));
        assertEquals(
                "200 {\"code\":200,\"success\":true,\"result\":{\"key\":\"ping\",\"value\":\"pong\"}}",
                node.post("/mostdb/get", "{\"key\":\"ping\"}"));
        assertEquals(OK, node.post("/mostdb/del", "{\"key\":\"ping\"}"));
        assertEquals(NOT_FOUND, node.post("/mostdb/get", "{\"key\":\"ping\"}"));
        assertEquals(OK, node.post("/mostdb/del", "{\"key\":\"ping\"}"));
    }

    @Test
    void anEmptyOrMissingValueIsKeptAsTheEmptyOne() {
        assertEquals(OK, node.post("/mostdb/set", "{\"key\":\"e1\",\"value\":\"\"}"));
        assertEquals(OK, node.post("/mostdb/set", "{\"key\":\"e2\"}"));
        assertEquals(OK, node.post("/mostdb/set", "{\"key\":\"e3\",\"value\":null}"));
        for (String key : new String[] {"e1", "e2", "e3"}) {
            assertEquals(
                    "200 {\"code\":200,\"success\":true,\"result\":{\"key\":\"" + key + "\",\"value\":\"\"}}",
                    node.post("/mostdb/get", "{\"key\":\"" + key + "\"}"));
        }
    }

    @Test
    void theAnswerHasItsTypeAndLength() {
        HttpResponse<String> response =
                node.send(node.request("/mostdb/get").POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"none\"}")));
        assertEquals(
                Optional.of("application/json; charset=utf-8"),
                response.headers().firstValue("content-type"));
        assertEquals(
                Optional.of(String.valueOf(response.body().length())),
                response.headers().firstValue("content-length"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "1",
                "[]",
                "{}",
                "{",
                "{\"key\":\"\"}",
                "{\"key\":null}",
                "{\"key\":1}",
                "{\"key\":[\"a\"]}",
                "{\"key\":\"a\",\"value\":{}}",
                "{\"key\":\"a\",\"value\":false}",
                "{\"key\":\"a\"}x",
                "{\"key\":\"a\"}{}",
                "{\"key\":\"a\",}",
                "{key:\"a\"}",
                "{'key':'a'}",
                "{\"key\":\"a\u0001\"}",
                "{\"key\":\"\\ud800\"}",
                "{\"key\":\"\\udc00\\ud800\"}",
                "{\"key\":\"a\",\"value\":\"\\ud83dx\"}",
                "\ufeff{\"key\":\"a\"}",
            })
    void aBodyThatIsNotTheObjectWithAKeyIsAnsweredAsTheOriginalDid(String body) {
        assertEquals(WRONG, node.post("/mostdb/set", body));
        assertEquals(OK, node.post("/mostdb/del", "{\"key\":\"a\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "c080", "c181", "eda080", "eda0bdedb880", "e280", "f5808080"})
    void aBodyThatIsNotUtf8IsRefused(String hex) {
        byte[] before = "{\"key\":\"k".getBytes(StandardCharsets.UTF_8);
        byte[] wrong = java.util.HexFormat.of().parseHex(hex);
        byte[] body = new byte[before.length + wrong.length + 2];
        System.arraycopy(before, 0, body, 0, before.length);
        System.arraycopy(wrong, 0, body, before.length, wrong.length);
        body[body.length - 2] = '"';
        body[body.length - 1] = '}';
        assertEquals(WRONG, node.post("/mostdb/set", body));
    }

    @Test
    void aBodyInUtf16IsRefused() {
        assertEquals(WRONG, node.post("/mostdb/set", "{\"key\":\"a\"}".getBytes(StandardCharsets.UTF_16LE)));
        assertEquals(WRONG, node.post("/mostdb/set", "{\"key\":\"a\"}".getBytes(StandardCharsets.UTF_16BE)));
    }

    @Test
    void unknownFieldsAreIgnoredAndTheLastOfARepeatedFieldCounts() {
        assertEquals(
                OK,
                node.post(
                        "/mostdb/set",
                        "{\"a\":{\"key\":\"no\",\"b\":[1,2e5,{\"value\":null}]},\"key\":\"r1\",\"KEY\":\"r2\","
                                + "\"Value\":\"v1\",\"value\":\"v2\",\"value\":null}"));
        assertEquals(
                "200 {\"code\":200,\"success\":true,\"result\":{\"key\":\"r2\",\"value\":\"v2\"}}",
                node.post("/mostdb/get", "{\"key\":\"r2\"}"));
    }

    @Test
    void anyUnicodeComesBackEscapedAsTheOriginalDid() {
        assertEquals(
                OK,
                node.post(
                        "/mostdb/set",
                        "{\"key\":\"\\ud83d\\ude00😀ü\",\"value\":\"\\u0000\\b\\f\\n\\r\\t\\\"\\\\\\/<&>\\u2028\u2029\u007f\"}"));
        assertEquals(
                "200 {\"code\":200,\"success\":true,\"result\":{\"key\":\"😀😀ü\",\"value\":"
                        + "\"\\u0000\\u0008\\u000c\\n\\r\\t\\\"\\\\/\\u003c\\u0026\\u003e\\u2028\\u2029\u007f\"}}",
                node.post("/mostdb/get", "{\"key\":\"😀😀ü\"}"));
    }

    @Test
    void keyAndValueMayBeAsLongAsTheirLimitsAndNoLonger() {
        String key = "ü".repeat(50);
        assertEquals(OK, node.post("/mostdb/set", "{\"key\":\"" + key + "\",\"value\":\"" + "v".repeat(1000) + "\"}"));
        assertEquals(
                "413 {\"code\":413,\"message\":\"The key is longer than 100 bytes (MOSTDB_KEY_LIMIT_BYTES).\","
                        + "\"success\":false}",
                node.post("/mostdb/get", "{\"key\":\"" + key + "x\"}"));
        assertEquals(
                "413 {\"code\":413,\"message\":\"The value is longer than 1000 bytes (MOSTDB_VALUE_LIMIT_BYTES).\","
                        + "\"success\":false}",
                node.post("/mostdb/set", "{\"key\":\"a\",\"value\":\"" + "v".repeat(1001) + "\"}"));
    }

    @Test
    void aValueAtItsLimitFitsHoweverItIsEscaped() {
        String value = "\\u0001".repeat(1000);
        String key = "\\u0061".repeat(100);
        assertEquals(OK, node.post("/mostdb/set", "{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}"));
    }

    @Test
    void whatThePolicyThrowsHasItsAnswer() {
        throwing("!majority", new MajorityUnavailableException(2, 1, "down"));
        throwing("!unknown", new OutcomeUnknownException("sent"));
        throwing("!full", new OverloadedException("10 operations wait"));
        throwing("!disk", new StorageException("the disk is gone"));
        throwing("!unsupported", new UnsupportedByPolicyException("raft can"));
        assertEquals(NOT_MOST, node.post("/mostdb/get", "{\"key\":\"!majority\"}"));
        assertEquals(NOT_MOST, node.post("/mostdb/set", "{\"key\":\"!unknown\"}"));
        assertEquals(
                "503 {\"code\":503,\"message\":\"10 operations wait\",\"success\":false}",
                node.post("/mostdb/del", "{\"key\":\"!full\"}"));
        assertEquals(
                "503 {\"code\":503,\"message\":\"the disk is gone\",\"success\":false}",
                node.post("/mostdb/set", "{\"key\":\"!disk\"}"));
        assertEquals(
                "501 {\"code\":501,\"message\":\"raft can\",\"success\":false}",
                node.post("/mostdb/set", "{\"key\":\"!unsupported\"}"));
        HttpResponse<String> overloaded =
                node.send(node.request("/mostdb/get").POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"!full\"}")));
        assertEquals(Optional.of("1"), overloaded.headers().firstValue("retry-after"));
    }

    private static void throwing(String key, MostDbException e) {
        InMemoryPolicyProvider.onKey(key, () -> {
            throw e;
        });
    }

    @Test
    void aWrongMethodAndAnUnknownPathAreAnsweredInTheSameShape() {
        HttpResponse<String> wrongMethod = node.send(node.request("/mostdb/set").GET());
        assertEquals(405, wrongMethod.statusCode());
        assertEquals(Optional.of("POST"), wrongMethod.headers().firstValue("allow"));
        assertEquals("{\"code\":405,\"message\":\"Only POST is allowed here.\",\"success\":false}", wrongMethod.body());
        String nothing = "404 {\"code\":404,\"message\":\"There is nothing at this path.\",\"success\":false}";
        assertEquals(nothing, node.get("/nowhere"));
        assertEquals(nothing, node.post("/mostdb/other", "{\"key\":\"a\"}"));
        assertEquals(nothing, node.post("/", "{\"key\":\"a\"}"));
    }

    @Test
    void aChunkedBodyIsRead() {
        String head = "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        String answer = node.raw(head + "8\r\n{\"key\":\"\r\n4\r\nno\"}\r\n0\r\n\r\n");
        assertTrue(answer.endsWith(NOT_FOUND.substring(4)), answer);
    }
}
