package org.mostdb.load;

import java.io.StringWriter;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.mostdb.load.LoadResult.Stage;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** A result as programs read it: one JSON object on one line. Times are milliseconds. */
final class JsonReport {

    private static final double NANOS_PER_MILLI = 1e6;

    private JsonReport() {}

    static String of(LoadResult result) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            writePlan(json, result.plan());
            writeStage(json, result.measured());
            result.preload().ifPresent(preload -> {
                json.writeObjectPropertyStart("preload");
                writeStage(json, preload);
                json.writeEndObject();
            });
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void writePlan(JsonGenerator json, LoadPlan plan) {
        json.writeArrayPropertyStart("nodes");
        plan.targets().forEach(target -> json.writeString(target.base().toString()));
        json.writeEndArray();
        json.writeNumberProperty("connections", plan.connections());
        json.writeNumberProperty("threads", plan.threads());
        json.writeNumberProperty("keys", plan.keys().count());
        json.writeStringProperty("distribution", plan.keys().toString());
        json.writeNumberProperty("valueBytes", plan.valueBytes());
        json.writeNumberProperty("readPercent", plan.readPercent());
        json.writeNumberProperty("deletePercent", plan.deletePercent());
        plan.rate().ifPresent(rate -> json.writeNumberProperty("rate", rate));
        json.writeNumberProperty("seed", plan.seed());
        json.writeNumberProperty("warmupSeconds", plan.warmup().toNanos() / 1e9);
    }

    private static void writeStage(JsonGenerator json, Stage stage) {
        json.writeNumberProperty("seconds", stage.seconds());
        json.writeObjectPropertyStart("operations");
        for (Operation operation : Operation.values()) {
            Tally.Row row = stage.tally().row(operation);
            if (row.answered() + row.failed() > 0) {
                writeRow(json, operation.word(), row, stage);
            }
        }
        json.writeEndObject();
        writeRow(json, "total", stage.tally().total(), stage);
        writeErrors(json, "connectionErrors", stage.tally().failuresElsewhere());
    }

    private static void writeRow(JsonGenerator json, String name, Tally.Row row, Stage stage) {
        Histogram latencies = row.latencies;
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("answered", row.answered());
        json.writeNumberProperty("perSecond", stage.perSecond(row));
        json.writeNumberProperty("meanMillis", latencies.getMean() / NANOS_PER_MILLI);
        json.writeNumberProperty("p50Millis", latencies.getValueAtPercentile(50) / NANOS_PER_MILLI);
        json.writeNumberProperty("p90Millis", latencies.getValueAtPercentile(90) / NANOS_PER_MILLI);
        json.writeNumberProperty("p99Millis", latencies.getValueAtPercentile(99) / NANOS_PER_MILLI);
        json.writeNumberProperty("p999Millis", latencies.getValueAtPercentile(99.9) / NANOS_PER_MILLI);
        json.writeNumberProperty("maxMillis", latencies.getMaxValue() / NANOS_PER_MILLI);
        json.writeNumberProperty("notFound", row.notFound);
        json.writeNumberProperty("failed", row.failed());
        writeErrors(json, "errors", row.errors);
        json.writeEndObject();
    }

    private static void writeErrors(JsonGenerator json, String name, Map<String, Long> errors) {
        json.writeObjectPropertyStart(name);
        errors.forEach(json::writeNumberProperty);
        json.writeEndObject();
    }
}
