package org.mostdb.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.mostdb.api.Bytes;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * What a request of the seed API carries, read as the original read it: names of fields in any case, unknown fields
 * ignored, a repeated field's last text counts, null changes nothing, and what is missing is empty.
 *
 * <p>Stricter than the original in one point: where it put U+FFFD in place of what is no Unicode text, two keys could
 * become one. Here such a body is refused.
 *
 * @param key as UTF-8; may be empty
 * @param value as UTF-8; may be empty
 */
record KeyValue(Bytes key, Bytes value) {

    /** Reads bodies; safe for use by many threads. */
    static final class Reader {

        private final JsonFactory factory;

        /** @param maxBodyBytes no text in a body is longer */
        Reader(int maxBodyBytes) {
            factory = JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Math.max(maxBodyBytes, 1))
                            .build())
                    .build();
        }

        KeyValue read(byte[] body) throws InvalidBodyException {
            boolean escapes = checkText(body);
            try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), body)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw new InvalidBodyException("the body is not a JSON object");
                }
                String key = "";
                String value = "";
                for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                    parser.nextToken();
                    if (name.equalsIgnoreCase("key")) {
                        key = text(parser, key);
                    } else if (name.equalsIgnoreCase("value")) {
                        value = text(parser, value);
                    } else {
                        parser.skipChildren();
                    }
                }
                if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                    throw new InvalidBodyException("something follows the JSON object");
                }
                if (escapes) {
                    checkSurrogates(key);
                    checkSurrogates(value);
                }
                return new KeyValue(Bytes.utf8(key), Bytes.utf8(value));
            } catch (JacksonException e) {
                throw new InvalidBodyException("the body is not JSON");
            }
        }

        private static String text(JsonParser parser, String before) throws InvalidBodyException {
            return switch (parser.currentToken()) {
                case VALUE_STRING -> parser.getString();
                case VALUE_NULL -> before;
                default -> throw new InvalidBodyException("key and value must be strings");
            };
        }

        /**
         * Refuses what is not UTF-8, since the parser takes some of it: overlong forms, surrogates, and UTF-16, which
         * it tells by its zero bytes. Returns whether there is any escape.
         */
        private static boolean checkText(byte[] body) throws InvalidBodyException {
            if (body.length == 0 || body[0] == (byte) 0xEF) {
                throw new InvalidBodyException("the body is empty, or begins with a byte order mark");
            }
            boolean ascii = true;
            boolean escapes = false;
            for (byte b : body) {
                ascii &= b > 0;
                escapes |= b == '\\';
            }
            if (!ascii) {
                checkUtf8(body);
            }
            return escapes;
        }

        private static void checkUtf8(byte[] body) throws InvalidBodyException {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
            } catch (CharacterCodingException e) {
                throw new InvalidBodyException("the body is not UTF-8");
            }
            for (byte b : body) {
                if (b == 0) {
                    throw new InvalidBodyException("the body is not UTF-8");
                }
            }
        }

        private static void checkSurrogates(String text) throws InvalidBodyException {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (Character.isSurrogate(c)) {
                    boolean pair = Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1));
                    if (!pair) {
                        throw new InvalidBodyException("half a surrogate pair");
                    }
                    i++;
                }
            }
        }
    }
}
