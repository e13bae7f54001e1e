package org.mostdb.testkit;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.mostdb.testkit.History.Operation;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Histories as JSON Lines: one object for each event, in their order, so that a history can be kept with a failing seed
 * and judged by other checkers too.
 *
 * <pre>
 * {"event":"ask","id":0,"nanos":17,"client":2,"node":1,"kind":"SET","key":"k","value":"v"}
 * {"event":"answer","id":0,"nanos":94,"outcome":"written"}
 * </pre>
 *
 * An outcome is {@code written}, {@code found} with a {@code value}, {@code absent}, or {@code not-applied} or
 * {@code unknown} with a {@code reason}.
 */
public final class HistoryLines {

    private static final JsonFactory JSON = new JsonFactory();

    private HistoryLines() {}

    private record Line(int order, String text) {}

    /** The lines of a history. */
    public static List<String> write(History history) {
        List<Line> lines = new ArrayList<>();
        for (Operation operation : history.operations()) {
            lines.add(new Line(operation.asked(), asked(operation)));
            operation.answer().ifPresent(answer -> lines.add(new Line(operation.ended(), answered(operation, answer))));
        }
        // An unknown outcome ends nothing, so it may as well stand at the end.
        return lines.stream()
                .sorted(Comparator.comparingInt(Line::order))
                .map(Line::text)
                .toList();
    }

    private interface Fields {
        void write(JsonGenerator json);
    }

    private static String object(Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        }
        return text.toString();
    }

    private static String asked(Operation operation) {
        return object(json -> {
            json.writeStringProperty("event", "ask");
            json.writeNumberProperty("id", operation.id());
            json.writeNumberProperty("nanos", operation.askedNanos());
            json.writeNumberProperty("client", operation.client());
            json.writeNumberProperty("node", operation.node());
            json.writeStringProperty("kind", operation.call().kind().name());
            json.writeStringProperty("key", operation.call().key());
            json.writeStringProperty("value", operation.call().value());
        });
    }

    private static String answered(Operation operation, Answer answer) {
        return object(json -> {
            json.writeStringProperty("event", "answer");
            json.writeNumberProperty("id", operation.id());
            json.writeNumberProperty("nanos", operation.endedNanos());
            switch (answer) {
                case Answer.Written unused -> json.writeStringProperty("outcome", "written");
                case Answer.Absent unused -> json.writeStringProperty("outcome", "absent");
                case Answer.Found found -> {
                    json.writeStringProperty("outcome", "found");
                    json.writeStringProperty("value", found.value());
                }
                case Answer.NotApplied failed -> {
                    json.writeStringProperty("outcome", "not-applied");
                    json.writeStringProperty("reason", failed.reason());
                }
                case Answer.Unknown unknown -> {
                    json.writeStringProperty("outcome", "unknown");
                    json.writeStringProperty("reason", unknown.reason());
                }
            }
        });
    }

    /**
     * The history of which these are the lines.
     *
     * @throws IllegalArgumentException with the line, if one is not as {@link #write} makes it
     */
    public static History read(Stream<String> lines) {
        History history = new History();
        Map<Integer, Operation> operations = new HashMap<>();
        lines.filter(line -> !line.isBlank()).forEach(line -> {
            Map<String, String> fields = fields(line);
            int id = Integer.parseInt(field(fields, "id", line));
            long nanos = Long.parseLong(field(fields, "nanos", line));
            if (field(fields, "event", line).equals("ask")) {
                Call call = new Call(
                        Call.Kind.valueOf(field(fields, "kind", line)),
                        field(fields, "key", line),
                        field(fields, "value", line));
                int client = Integer.parseInt(field(fields, "client", line));
                int node = Integer.parseInt(field(fields, "node", line));
                operations.put(id, history.ask(client, node, call, nanos));
            } else {
                Operation operation = operations.get(id);
                if (operation == null) {
                    throw new IllegalArgumentException("an answer to what was not asked: " + line);
                }
                history.answer(operation, answer(fields, line), nanos);
            }
        });
        return history;
    }

    private static Answer answer(Map<String, String> fields, String line) {
        String outcome = field(fields, "outcome", line);
        return switch (outcome) {
            case "written" -> new Answer.Written();
            case "absent" -> new Answer.Absent();
            case "found" -> new Answer.Found(field(fields, "value", line));
            case "not-applied" -> new Answer.NotApplied(field(fields, "reason", line));
            case "unknown" -> new Answer.Unknown(field(fields, "reason", line));
            default -> throw new IllegalArgumentException("an unknown outcome: " + line);
        };
    }

    private static String field(Map<String, String> fields, String name, String line) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a line without \"" + name + "\": " + line);
        }
        return value;
    }

    private static Map<String, String> fields(String line) {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), line)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                json.nextToken();
                fields.put(name, json.getString());
            }
        }
        return fields;
    }
}
