package org.mostdb.server;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request of the form that nearly all have: the request line of a {@code POST} to a path that is known,
 * then headers none of which says anything about how the request is framed, or is to be answered, but
 * {@code Content-Length}. What is in any way unusual is none, so whatever this takes for one the web server would
 * understand in the same way.
 *
 * @param path its place in the list of paths
 * @param headBytes up to the body
 * @param bodyBytes of the body
 * @param apiKey what the header of the API key says, if there is one and it was asked for
 */
record PlainRequest(
        int path, int headBytes, int bodyBytes, @Nullable String apiKey) {

    /** Beside the reading of a body that is longer, what a web server costs does not count. */
    static final int LONGEST_BODY_BYTES = 8 << 10;

    private static final int MOST_DIGITS = 5;
    private static final int GREATEST_PORT = 65_535;

    private static final byte[] CONTENT_LENGTH = lower("content-length");
    private static final byte[] HOST = lower("host");
    private static final byte[] CONNECTION = lower("connection");
    private static final byte[] KEEP_ALIVE = lower("keep-alive");

    /** What makes a request another one than its first line and its length say. */
    private static final byte[][] UNUSUAL = {
        lower("transfer-encoding"), lower("content-encoding"), lower("expect"), lower("upgrade"), lower("te")
    };

    /** Bytes that a header's name is made of: {@code tchar} of RFC 9110, section 5.6.2. */
    private static final boolean[] NAME = new boolean[128];

    static {
        for (char c = '0'; c <= 'z'; c++) {
            NAME[c] = Character.isLetterOrDigit(c);
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            NAME[c] = true;
        }
    }

    private static byte[] lower(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    /** The requests of one node. */
    static final class Parser {

        /** The first line of a request to each path. */
        private final List<byte[]> lines;

        private final byte @Nullable [] apiKeyName;

        /** @param apiKeyName of the header that has the key, if one is asked for */
        Parser(List<String> paths, @Nullable String apiKeyName) {
            this.lines = paths.stream()
                    .map(path -> ("POST " + path + " HTTP/1.1\r\n").getBytes(StandardCharsets.US_ASCII))
                    .toList();
            this.apiKeyName = apiKeyName == null ? null : lower(apiKeyName.toLowerCase(Locale.ROOT));
        }

        /**
         * The plain request whose head is at the begin of what has come.
         *
         * @param in what has come, perhaps only a part of the request
         * @return null if it is none, or its head is not there to its end
         */
        @Nullable
        PlainRequest parse(byte[] in) {
            for (int i = 0; i < lines.size(); i++) {
                byte[] line = lines.get(i);
                if (startsWith(in, line)) {
                    return headers(i, in, line.length);
                }
            }
            return null;
        }

        private static boolean startsWith(byte[] in, byte[] line) {
            return in.length > line.length && Arrays.equals(in, 0, line.length, line, 0, line.length);
        }

        private @Nullable PlainRequest headers(int path, byte[] in, int from) {
            int bodyBytes = -1;
            boolean hasHost = false;
            String apiKey = null;
            int at = from;
            while (!isLineEnd(in, at)) {
                int colon = endOfName(in, at);
                if (colon == at || colon >= in.length || in[colon] != ':') {
                    return null;
                }
                int end = endOfValue(in, colon + 1);
                if (!isLineEnd(in, end)) {
                    return null;
                }
                int value = skipBlanks(in, colon + 1, end);
                if (is(CONTENT_LENGTH, in, at, colon)) {
                    if (bodyBytes >= 0) {
                        return null;
                    }
                    bodyBytes = number(in, value, end);
                    if (bodyBytes < 0 || bodyBytes > LONGEST_BODY_BYTES) {
                        return null;
                    }
                } else if (is(HOST, in, at, colon)) {
                    if (hasHost || !isHost(in, value, end)) {
                        return null;
                    }
                    hasHost = true;
                } else if (is(CONNECTION, in, at, colon)) {
                    if (!is(KEEP_ALIVE, in, value, end)) {
                        return null;
                    }
                } else if (isUnusual(in, at, colon)) {
                    return null;
                } else if (apiKey == null && apiKeyName != null && is(apiKeyName, in, at, colon)) {
                    apiKey = new String(in, value, end - value, StandardCharsets.US_ASCII);
                }
                at = end + 2;
            }
            return hasHost && bodyBytes >= 0 ? new PlainRequest(path, at + 2, bodyBytes, apiKey) : null;
        }
    }

    private static boolean isLineEnd(byte[] in, int at) {
        return at + 1 < in.length && in[at] == '\r' && in[at + 1] == '\n';
    }

    private static int endOfName(byte[] in, int from) {
        int at = from;
        while (at < in.length && in[at] > 0 && NAME[in[at]]) {
            at++;
        }
        return at;
    }

    /** Where the visible ASCII characters and blanks end. */
    private static int endOfValue(byte[] in, int from) {
        int at = from;
        while (at < in.length && in[at] >= ' ' && in[at] < 0x7f) {
            at++;
        }
        return at;
    }

    private static int skipBlanks(byte[] in, int from, int end) {
        int at = from;
        while (at < end && in[at] == ' ') {
            at++;
        }
        return at;
    }

    /** Whether these bytes are a word that is given in small letters, in letters of any case. */
    private static boolean is(byte[] word, byte[] in, int from, int to) {
        if (to - from != word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            byte b = in[from + i];
            if (word[i] != (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isUnusual(byte[] in, int from, int to) {
        for (byte[] name : UNUSUAL) {
            if (is(name, in, from, to)) {
                return true;
            }
        }
        return false;
    }

    /** Negative if it is none, or has more digits than any that is of use here. */
    private static int number(byte[] in, int from, int to) {
        int number = 0;
        if (from == to || to - from > MOST_DIGITS) {
            return -1;
        }
        for (int at = from; at < to; at++) {
            if (in[at] < '0' || in[at] > '9') {
                return -1;
            }
            number = 10 * number + in[at] - '0';
        }
        return number;
    }

    /** A name or an address of version 4, and perhaps a port. */
    private static boolean isHost(byte[] in, int from, int to) {
        int at = from;
        while (at < to && (Character.isLetterOrDigit(in[at]) || in[at] == '-' || in[at] == '.')) {
            at++;
        }
        boolean hasName = at > from;
        return hasName && (at == to || (in[at] == ':' && isPort(number(in, at + 1, to))));
    }

    private static boolean isPort(int number) {
        return number >= 0 && number <= GREATEST_PORT;
    }
}
