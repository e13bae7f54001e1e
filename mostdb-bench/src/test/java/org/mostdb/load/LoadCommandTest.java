package org.mostdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mostdb.faults.FreePorts;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class LoadCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --connections 0                   | --connections must be from 1
                    --duration soon                   | 'soon' is no time: write 10s
                    --duration -1s                    | must not be negative
                    --duration 1s --requests 5        | --duration and --requests exclude each other
                    --reads 80 --deletes 30           | 100 together at most
                    --distribution pareto             | uniform, zipf or zipf:EXPONENT
                    --distribution zipf:much          | uniform, zipf or zipf:EXPONENT
                    --rate 0                          | --rate must be above 0
                    --keys many                       | --keys
                    --threads 2 --connections 1       | not more than there are connections
                    --nodes 3                         | --nodes
                    https://127.0.0.1:5379            | https://127.0.0.1:5379 is no URL of a node
                    127.0.0.1:5379                    | write http://host:port
                    http://127.0.0.1:5379?a=b         | write http://host:port
                    """)
    void aWrongOptionEndsItWithOneSentenceAndCode2(String arguments, String sentence) {
        assertEquals(2, run(arguments.split(" ")));
        assertTrue(errors.toString().startsWith("mostdb: "), errors.toString());
        assertTrue(errors.toString().contains(sentence), errors.toString());
        assertTrue(errors.toString().contains("--help"), errors.toString());
        assertEquals(1, errors.toString().lines().count());
        assertEquals("", out.toString());
    }

    @Test
    void whereNoNodeCanBeAskedOneSentenceSaysSo() {
        String url = "http://127.0.0.1:" + new FreePorts().next();

        assertEquals(1, run(url, "--json"));

        assertEquals(
                "mostdb: no node can be asked: " + url.substring("http://".length())
                        + " cannot be reached (Connection refused); start one, or name another URL\n",
                errors.toString());
        assertEquals("", out.toString());
    }

    @Test
    void aMissingApiKeyOrAWrongPathIsToldBeforeAnyLoad() throws IOException {
        try (StubNode node = new StubNode((head, body) -> StubNode.answer("401 Unauthorized", "{}"))) {
            assertEquals(1, run(node.url()));
            assertTrue(errors.toString().contains("give it with --api-key"), errors.toString());
        }
        try (StubNode node = new StubNode((head, body) -> StubNode.answer("404 Not Found", "{}"))) {
            assertEquals(1, run(node.url(), "--context-path", "/other"));
            assertTrue(errors.toString().contains("knows no /other/get: give its --context-path"), errors.toString());
        }
    }

    @Test
    void theKeyAndThePathOfTheUrlAreSent() throws IOException {
        List<String> heads = new ArrayList<>();
        try (StubNode node = new StubNode((head, body) -> {
            synchronized (heads) {
                heads.add(head);
            }
            return StubNode.ok(StubNode.SUCCESS);
        })) {
            String[] options = "--requests 1 --warmup 0s --connections 1 --reads 100 --api-key secret".split(" ");

            assertEquals(
                    0,
                    run(Stream.concat(Stream.of(node.url() + "/store/"), Arrays.stream(options))
                            .toArray(String[]::new)));

            assertEquals(2, heads.size());
            heads.forEach(head -> {
                assertTrue(head.startsWith("POST /store/get HTTP/1.1\r\n"), head);
                assertTrue(head.contains("\r\nX-MOSTDB-AUTH: secret\r\n"), head);
            });
        }
    }

    @Test
    void whoAsksForKeysThatWereNeverSetIsToldOfPreload() throws IOException {
        String hint = "--preload sets each of them first";
        String options = "--requests 20 --warmup 0s --connections 1 --reads 100 --keys 3";
        try (StubNode node = new StubNode(
                (head, body) -> StubNode.ok(head.contains("/get") ? StubNode.NOT_FOUND : StubNode.SUCCESS))) {
            assertEquals(0, run((options + " " + node.url()).split(" ")));
            assertTrue(out.toString().contains(hint), out.toString());
            out.getBuffer().setLength(0);
            assertEquals(0, run((options + " --preload " + node.url()).split(" ")));
            assertFalse(out.toString().contains(hint), out.toString());
        }
    }

    @Test
    void theJsonIsOneObjectAndAllThatIsWritten() throws IOException {
        try (StubNode node = new StubNode(
                (head, body) -> StubNode.ok(head.contains("/set") ? StubNode.NOT_MOST : StubNode.SUCCESS))) {
            assertEquals(
                    1,
                    run(
                            node.url(),
                            "--json",
                            "--progress",
                            "--warmup",
                            "0s",
                            "--requests",
                            "200",
                            "--connections",
                            "2"));
        }
        List<String> numbers = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), out.toString())) {
            int objects = 0;
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                objects += json.streamReadContext().inRoot() && token == JsonToken.END_OBJECT ? 1 : 0;
                if (token.isNumeric()) {
                    numbers.add(json.currentName());
                }
            }
            assertEquals(1, objects);
        }
        for (String name :
                List.of("perSecond", "p50Millis", "p99Millis", "p999Millis", "notFound", "NotMost", "seconds")) {
            assertTrue(numbers.contains(name), name + " in " + out);
        }
        assertEquals("", errors.toString());
    }

    @Test
    void theTableHasARowForEachOperationAndTheKindsOfErrors() throws IOException {
        try (StubNode node = new StubNode((head, body) -> StubNode.ok(
                head.contains("/set")
                        ? StubNode.NOT_MOST
                        : head.contains("/get") ? StubNode.NOT_FOUND : StubNode.SUCCESS))) {
            assertEquals(
                    1,
                    run(
                            node.url(),
                            "--warmup",
                            "0s",
                            "--requests",
                            "500",
                            "--connections",
                            "2",
                            "--deletes",
                            "30",
                            "--rate",
                            "5000"));
        }
        List<String> lines = out.toString().lines().toList();
        for (String begin : List.of(
                "1 node, 2 connections",
                "operation ",
                "set ",
                "get ",
                "del ",
                "total ",
                "errors, set: ",
                "not found: ")) {
            assertEquals(
                    1, lines.stream().filter(line -> line.startsWith(begin)).count(), begin + " in " + out);
        }
        assertTrue(out.toString().contains(" × NotMost\n"), out.toString());
        assertEquals("", errors.toString());
    }

    private int run(String... arguments) {
        return LoadCommand.run(new PrintWriter(out, true), new PrintWriter(errors, true), arguments);
    }
}
