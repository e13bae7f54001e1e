package org.mostdb.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads the results that JMH writes as JSON: a list of objects, of which most fields do not matter here. */
final class JmhJson {

    private @Nullable String benchmark;
    private @Nullable String mode;
    private int threads;
    private Map<String, String> parameters = Map.of();
    private @Nullable Score score;

    private JmhJson() {}

    /** Empty if it is anything else, or a list of nothing. */
    static Optional<Map<Subject, Score>> read(byte[] json) {
        Map<Subject, Score> scores = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                return Optional.empty();
            }
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                JmhJson result = new JmhJson();
                result.readResult(parser);
                if (!result.addTo(scores)) {
                    return Optional.empty();
                }
            }
            boolean isWhole = parser.currentToken() == JsonToken.END_ARRAY && parser.nextToken() == null;
            return isWhole && !scores.isEmpty() ? Optional.of(Collections.unmodifiableMap(scores)) : Optional.empty();
        } catch (JacksonException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private void readResult(JsonParser parser) {
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            switch (name) {
                case "benchmark" -> benchmark = parser.getString();
                case "mode" -> mode = parser.getString();
                case "threads" -> threads = Integer.parseInt(parser.getString());
                case "params" -> parameters = scalars(parser, token);
                case "primaryMetric" -> score = score(scalars(parser, token));
                default -> parser.skipChildren();
            }
        }
    }

    private boolean addTo(Map<Subject, Score> scores) {
        if (benchmark == null || mode == null || score == null) {
            return false;
        }
        scores.put(new Subject(benchmark, mode, threads, parameters), score);
        return true;
    }

    private static @Nullable Score score(Map<String, String> fields) {
        String value = fields.get("score");
        String error = fields.get("scoreError");
        String unit = fields.get("scoreUnit");
        return value == null || error == null || unit == null ? null : new Score(number(value), number(error), unit);
    }

    /** JMH writes what JSON has no number for as text. */
    private static double number(String text) {
        return switch (text) {
            case "+INF" -> Double.POSITIVE_INFINITY;
            case "-INF" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private static Map<String, String> scalars(JsonParser parser, JsonToken token) {
        Map<String, String> scalars = new LinkedHashMap<>();
        if (token == JsonToken.START_OBJECT) {
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                if (parser.nextToken().isScalarValue()) {
                    scalars.put(name, parser.getString());
                } else {
                    parser.skipChildren();
                }
            }
        }
        return Collections.unmodifiableMap(scalars);
    }
}
