package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http1.Http1Headers;
import io.helidon.webserver.http1.Http1Prologue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainRequestTest {

    private static final int MUTATIONS = 300_000;
    private static final String LINE = "POST /mostdb/get HTTP/1.1\r\n";
    private static final String HOST = "Host: 127.0.0.1:5379\r\n";
    private static final String LENGTH = "Content-Length: 13\r\n";

    private final PlainRequest.Parser parser =
            new PlainRequest.Parser(List.of("/mostdb/set", "/mostdb/get"), "X-MOSTDB-AUTH");

    private @Nullable PlainRequest parse(String come) {
        return parser.parse(bytes(come));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "User-Agent: curl/8\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                "Connection: keep-alive\r\n",
                "connection:Keep-Alive\r\n",
                "X-Empty:\r\nCookie: a=\"b\"; c\r\n"
            })
    void whatClientsSendIsPlain(String more) {
        String head = LINE + HOST + more + LENGTH + "\r\n";
        assertEquals(new PlainRequest(1, head.length(), 13, null), parse(head + "{\"key\":\"abc\"}POST"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\r\n",
                "transfer-encoding: identity\r\n",
                "Content-Encoding: gzip\r\n",
                "Expect: 100-continue\r\n",
                "Upgrade: mostdb-peer\r\n",
                "TE: trailers\r\n",
                "Connection: close\r\n",
                "Connection: keep-alive, TE\r\n",
                "Host: b\r\n",
                "Content-Length: 13\r\n",
                " folded: a\r\n",
                "No-Colon\r\n",
                "Blank : a\r\n",
                ": a\r\n",
                "Control: a\tb\r\n",
                "Not-Ascii: \u00e4\r\n",
                "Line: a\nLine: b\r\n",
                "Return: a\rb\r\n"
            })
    void whatSaysMoreIsNot(String more) {
        assertNull(parse(LINE + HOST + LENGTH + more + "\r\n{\"key\":\"abc\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /mostdb/get HTTP/1.1\r\n",
                "POST /mostdb/get HTTP/1.0\r\n",
                "POST /mostdb/get?a HTTP/1.1\r\n",
                "POST /mostdb/get/ HTTP/1.1\r\n",
                "POST /mostdb/del HTTP/1.1\r\n",
                "POST  /mostdb/get HTTP/1.1\r\n",
                "POST /mostdb/get HTTP/1.1\n",
                "\r\nPOST /mostdb/get HTTP/1.1\r\n"
            })
    void anotherLineIsNot(String line) {
        assertNull(parse(line + HOST + LENGTH + "\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a:", "a:b", "a:65536", "a:123456", "[::1]:5379", "a b", "a/b", "a@b"})
    void anotherHostThanANameAndAPortIsNot(String host) {
        assertNull(parse(LINE + "Host: " + host + "\r\n" + LENGTH + "\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1,1", "0x1", "123456", "8193"})
    void anotherLengthThanASmallNumberIsNot(String length) {
        assertNull(parse(LINE + HOST + "Content-Length: " + length + "\r\n\r\n"));
    }

    @Test
    void theLongestBodyIsPlain() {
        String head = LINE + HOST + "Content-Length: 8192\r\n\r\n";
        assertEquals(new PlainRequest(1, head.length(), 8192, null), parse(head));
    }

    @Test
    void withoutAHostOrALengthItIsNot() {
        assertNull(parse(LINE + LENGTH + "\r\n"));
        assertNull(parse(LINE + HOST + "\r\n"));
    }

    @Test
    void aPartOfAHeadIsNot() {
        String head = LINE + HOST + LENGTH + "\r\n";
        for (int end = 0; end < head.length(); end++) {
            assertNull(parse(head.substring(0, end)), head.substring(0, end));
        }
    }

    @Test
    void theFirstApiKeyIsTold() {
        String head = LINE + HOST + "x-mostdb-auth:  one two \r\nX-MOSTDB-AUTH: three\r\n" + LENGTH + "\r\n";
        assertEquals(new PlainRequest(1, head.length(), 13, "one two "), parse(head));
    }

    /** Whatever becomes of a request on its way: if it is plain, the web server's own parser finds the same in it. */
    @Test
    void whatIsPlainTheWebServerUnderstandsInTheSameWay() {
        String[] requests = {
            LINE + HOST + LENGTH + "\r\n{\"key\":\"abc\"}",
            LINE + "Host: a.example\r\nConnection: keep-alive\r\nAccept: */*\r\n" + LENGTH + "\r\n{\"key\":\"abc\"}",
            "POST /mostdb/set HTTP/1.1\r\n" + LENGTH + "user-agent: x\r\nTransfer-Encoding: chunked\r\n" + HOST + "\r\n"
        };
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int plain = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] come = mutated(bytes(requests[i % requests.length]), random);
            PlainRequest request = parser.parse(come);
            if (request != null) {
                plain++;
                assertSame(request, come, "seed " + seed + ": " + new String(come, StandardCharsets.ISO_8859_1));
            }
        }
        assertTrue(plain > MUTATIONS / 100, "only " + plain + " were plain");
    }

    private static byte[] mutated(byte[] request, Random random) {
        byte[] pieces = bytes("\r\n: \t,;09azAZ-\u0000\u007f\u00e4");
        byte[] result = request;
        for (int count = 1 + random.nextInt(3); count > 0; count--) {
            int at = random.nextInt(result.length);
            int cut = random.nextInt(3);
            int added = random.nextInt(3);
            int end = Math.min(result.length, at + cut);
            byte[] next = Arrays.copyOf(result, at + added + result.length - end);
            for (int i = 0; i < added; i++) {
                next[at + i] = pieces[random.nextInt(pieces.length)];
            }
            System.arraycopy(result, end, next, at + added, result.length - end);
            result = next;
        }
        return result;
    }

    private static void assertSame(PlainRequest request, byte[] come, String which) {
        Queue<byte[]> pieces = new ArrayDeque<>(List.of(come));
        DataReader reader = DataReader.create(pieces::poll);
        HttpPrologue prologue = new Http1Prologue(reader, 4096, true).readPrologue();
        ServerRequestHeaders headers =
                ServerRequestHeaders.create(new Http1Headers(reader, 16_384, true).readHeaders(prologue));
        assertEquals("POST", prologue.method().text(), which);
        assertEquals(
                List.of("/mostdb/set", "/mostdb/get").get(request.path()),
                prologue.uriPath().path(),
                which);
        assertEquals(request.bodyBytes(), headers.contentLength().orElseThrow(), which);
        assertEquals(1, headers.get(HeaderNames.CONTENT_LENGTH).allValues().size(), which);
        assertEquals(1, headers.get(HeaderNames.HOST).allValues().size(), which);
        assertEquals(come.length - request.headBytes(), reader.available(), which);
        assertFalse(headers.contains(HeaderNames.TRANSFER_ENCODING), which);
        assertFalse(headers.contains(HeaderNames.EXPECT), which);
        assertFalse(headers.contains(HeaderNames.UPGRADE), which);
        assertFalse(headers.contains(HeaderNames.CONTENT_ENCODING), which);
        headers.first(HeaderNames.CONNECTION)
                .ifPresent(value -> assertEquals("keep-alive", value.strip().toLowerCase(Locale.ROOT), which));
    }
}
