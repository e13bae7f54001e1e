package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mostdb.api.OverloadedException;

class PlainConnectionTest {

    private static final String GET = "{\"key\":\"a\"}";

    @TempDir
    private static Path root;

    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.start(root, "MOSTDB_KEY_LIMIT_BYTES", "10", "MOSTDB_VALUE_LIMIT_BYTES", "20");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** A path with a query is not plain, and means the same. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "set | {\"key\":\"a\",\"value\":\"<\\u00e4>\"}",
                "get | {\"key\":\"a\"}",
                "get | {\"key\":\"none\"}",
                "set | {\"key\":\"longer than ten\"}",
                "set | {\"key\":\"a\",\"value\":\"a value of more than twenty bytes\"}",
                "get | {\"key\":1}",
                "get | ``",
                "get | {\"key\":\"!full\"}",
                "del | {\"key\":\"a\"}"
            })
    void theAnswerIsThatOfTheWebServer(String operation, String body) throws IOException {
        InMemoryPolicyProvider.onKey("!full", () -> {
            throw new OverloadedException("full");
        });
        try (RawClient plain = new RawClient(node.port());
                RawClient other = new RawClient(node.port())) {
            List<String> one = lines(plain.ask("/mostdb/" + operation, body).answer());
            List<String> two =
                    lines(other.ask("/mostdb/" + operation + "?", body).answer());
            assertEquals(two.stream().sorted().toList(), one.stream().sorted().toList());
            assertNotEquals(two, one, "the order of the headers is not the same, unless both went the same way");
        }
    }

    /** With any date. */
    private static List<String> lines(String answer) {
        return answer.lines()
                .map(line -> line.startsWith("Date: ") ? "Date: " + "x".repeat(line.length()) : line)
                .toList();
    }

    @Test
    void aConnectionGoesOnThroughRequestsOfAllForms() throws IOException {
        try (RawClient client = new RawClient(node.port())) {
            assertFound(
                    client.ask("/mostdb/set", "{\"key\":\"a\",\"value\":\"b\"}").answer(),
                    "{\"code\":200,\"success\":true}");
            assertFound(client.ask("/mostdb/get", GET).answer(), "\"value\":\"b\"");
            client.send("GET /v1/cluster HTTP/1.1\r\nHost: a\r\n\r\n");
            assertFound(client.answer(), "\"members\"");
            assertFound(client.ask("/mostdb/get", GET).answer(), "\"value\":\"b\"");
            client.send(
                    "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 11\r\n\r\n" + GET);
            assertFound(client.answer(), "\"value\":\"b\"");
            assertTrue(client.isClosedByTheNode());
        }
    }

    private static void assertFound(String answer, String part) {
        assertTrue(answer.startsWith("HTTP/1.1 200 ") && answer.contains(part), answer);
    }

    @Test
    void requestsMayComeTogetherAndInPieces() throws IOException {
        try (RawClient client = new RawClient(node.port())) {
            String set =
                    "POST /mostdb/set HTTP/1.1\r\nHost: a\r\nContent-Length: 23\r\n\r\n{\"key\":\"p\",\"value\":\"";
            client.send(set + "1\"}" + set + "2\"}" + set);
            client.answer();
            client.answer();
            client.send("3");
            client.send("\"}");
            client.answer();
            assertFound(client.ask("/mostdb/get", "{\"key\":\"p\"}").answer(), "\"value\":\"3\"");
            client.send("POST /mostdb/get HTTP/1.1\r\nHo");
            client.send("st: a\r\nContent-Length: 11\r\n\r\n{\"key\":\"p\"}");
            assertFound(client.answer(), "\"value\":\"3\"");
        }
    }

    @Test
    void aPlainRequestNeedsTheKeyToo(@TempDir Path other) throws IOException {
        String head = "POST /mostdb/get HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n";
        try (RunningNode locked =
                        RunningNode.start(other, "MOSTDB_API_KEY_ENABLE", "true", "MOSTDB_API_KEY_VALUE", "sesame");
                RawClient right = new RawClient(locked.port());
                RawClient wrong = new RawClient(locked.port());
                RawClient none = new RawClient(locked.port())) {
            for (int i = 0; i < 2; i++) {
                assertFound(
                        right.send(head + "X-MOSTDB-AUTH: sesame\r\n\r\n" + GET).answer(), "NotFound");
            }
            String refused =
                    wrong.send(head + "X-MOSTDB-AUTH: sesam\r\n\r\n" + GET).answer();
            assertTrue(refused.startsWith("HTTP/1.1 401 "), refused);
            refused = none.send(head + "\r\n" + GET).answer();
            assertTrue(refused.startsWith("HTTP/1.1 401 "), refused);
            refused = right.send(head + "\r\n" + GET).answer();
            assertTrue(refused.startsWith("HTTP/1.1 401 "), refused);
        }
    }

    @Test
    void aConnectionThatWaitsForItsNextRequestEndsWithTheNode(@TempDir Path other) throws IOException {
        try (RawClient client = askedBeforeTheNodeEnds(other)) {
            assertTrue(client.isClosedByTheNode());
        }
    }

    private static RawClient askedBeforeTheNodeEnds(Path other) throws IOException {
        try (RunningNode ending = RunningNode.start(other)) {
            RawClient client = new RawClient(ending.port());
            client.ask("/mostdb/get", GET).answer();
            return client;
        }
    }
}
