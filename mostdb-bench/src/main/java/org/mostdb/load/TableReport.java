package org.mostdb.load;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.mostdb.load.LoadResult.Stage;

/** A result as people read it. */
final class TableReport {

    private static final double NANOS_PER_MILLI = 1e6;
    private static final int NAME_WIDTH = 9;
    private static final int COLUMN_WIDTH = 11;

    private final PrintWriter out;

    TableReport(PrintWriter out) {
        this.out = out;
    }

    void print(LoadResult result) {
        result.preload().ifPresent(this::printPreload);
        out.println(setup(result));
        out.println();
        printRows(result.measured());
        printErrors("", result.measured().tally());
        if (isMostlyNotFound(result)) {
            out.println("not found: most of these keys were never set; --preload sets each of them first");
        }
        out.flush();
    }

    private static boolean isMostlyNotFound(LoadResult result) {
        Tally.Row gets = result.measured().tally().row(Operation.GET);
        return result.preload().isEmpty() && 2 * gets.notFound > gets.answered();
    }

    private void printPreload(Stage preload) {
        Tally.Row sets = preload.tally().row(Operation.SET);
        out.printf(
                Locale.ROOT,
                "preload: %,d keys set in %.1f s, %,.0f a second%n",
                sets.answered(),
                preload.seconds(),
                preload.perSecond(sets));
        printErrors("preload, ", preload.tally());
    }

    private static String setup(LoadResult result) {
        LoadPlan plan = result.plan();
        List<String> words = new ArrayList<>();
        words.add(count(plan.targets().size(), "node"));
        words.add(count(plan.connections(), "connection"));
        words.add(String.format(Locale.ROOT, "%,d keys (%s)", plan.keys().count(), plan.keys()));
        words.add("values of " + count(plan.valueBytes(), "byte"));
        plan.rate().ifPresent(rate -> words.add(String.format(Locale.ROOT, "%,.0f requests due a second", rate)));
        words.add(String.format(
                Locale.ROOT,
                "%.1f s after %.1f s of warm-up",
                result.measured().seconds(),
                plan.warmup().toMillis() / 1e3));
        return String.join(", ", words);
    }

    private static String count(int count, String noun) {
        return String.format(Locale.ROOT, "%,d %s%s", count, noun, count == 1 ? "" : "s");
    }

    private void printRows(Stage stage) {
        printLine(
                "operation",
                "answered",
                "per second",
                "p50 ms",
                "p90 ms",
                "p99 ms",
                "p99.9 ms",
                "max ms",
                "not found",
                "errors");
        for (Operation operation : Operation.values()) {
            Tally.Row row = stage.tally().row(operation);
            if (row.answered() + row.failed() > 0) {
                printRow(operation.word(), row, stage);
            }
        }
        printRow("total", stage.tally().total(), stage);
    }

    private void printRow(String name, Tally.Row row, Stage stage) {
        Histogram latencies = row.latencies;
        printLine(
                name,
                number(row.answered()),
                number(Math.round(stage.perSecond(row))),
                millis(latencies.getValueAtPercentile(50)),
                millis(latencies.getValueAtPercentile(90)),
                millis(latencies.getValueAtPercentile(99)),
                millis(latencies.getValueAtPercentile(99.9)),
                millis(latencies.getMaxValue()),
                number(row.notFound),
                number(row.failed()));
    }

    private void printLine(String name, String... columns) {
        StringBuilder line = new StringBuilder(name).repeat(' ', Math.max(0, NAME_WIDTH - name.length()));
        for (String column : columns) {
            line.repeat(' ', Math.max(1, COLUMN_WIDTH - column.length())).append(column);
        }
        out.println(line);
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String millis(long nanos) {
        double millis = nanos / NANOS_PER_MILLI;
        return String.format(Locale.ROOT, millis < 10 ? "%.2f" : millis < 100 ? "%.1f" : "%,.0f", millis);
    }

    private void printErrors(String prefix, Tally tally) {
        for (Operation operation : Operation.values()) {
            printErrors(prefix + operation.word(), tally.row(operation).errors);
        }
        printErrors(prefix + "connections", tally.failuresElsewhere());
    }

    private void printErrors(String where, Map<String, Long> errors) {
        if (!errors.isEmpty()) {
            out.println("errors, " + where + ": "
                    + errors.entrySet().stream()
                            .map(error -> String.format(Locale.ROOT, "%,d × %s", error.getValue(), error.getKey()))
                            .collect(Collectors.joining(", ")));
        }
    }
}
