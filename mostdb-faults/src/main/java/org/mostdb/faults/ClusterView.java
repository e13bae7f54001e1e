package org.mostdb.faults;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What one node says of its cluster at {@code /v1/cluster}.
 *
 * @param members their fields as text
 */
record ClusterView(boolean ready, String summary, List<Map<String, String>> members) {

    private static final JsonFactory JSON = new JsonFactory();
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** Empty if the node gives no answer. */
    static Optional<ClusterView> of(HttpClient http, ServerProcess node) {
        HttpRequest request = HttpRequest.newBuilder(node.url().resolve("/v1/cluster"))
                .timeout(PATIENCE)
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? Optional.of(read(response.body())) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static ClusterView read(String page) {
        List<Map<String, String>> members = new ArrayList<>();
        Map<String, String> top = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), page)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                if (json.nextToken() == JsonToken.START_ARRAY && name.equals("members")) {
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        members.add(fields(json));
                    }
                } else {
                    top.put(name, json.getString());
                    json.skipChildren();
                }
            }
        }
        return new ClusterView(
                Boolean.parseBoolean(top.get("ready")), String.valueOf(top.get("summary")), List.copyOf(members));
    }

    private static Map<String, String> fields(JsonParser json) {
        Map<String, String> fields = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            json.nextToken();
            fields.put(name, String.valueOf(json.getString()));
            json.skipChildren();
        }
        return fields;
    }

    /** Whether this node is ready, and each of so many members votes as far as it knows. */
    boolean allVote(int size) {
        return ready && members.size() == size && members.stream().allMatch(member -> "up".equals(member.get("state")));
    }
}
