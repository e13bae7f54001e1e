package org.mostdb.faults;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.mostdb.faults.FaultRun.ViolationFoundError;

/** What a run came to, and what is kept of one that failed. */
final class RunReport {

    private static final Pattern FRAME = Pattern.compile("^\\s+at \\S+\\(.*\\)$");

    private final RunOptions options;
    private final Site site;
    private final CheckedLoad load;
    private final RunLog log;
    private final Map<FaultKind, Integer> faults;
    private final Optional<Throwable> failure;

    RunReport(
            RunOptions options,
            Site site,
            CheckedLoad load,
            RunLog log,
            Map<FaultKind, Integer> faults,
            Optional<Throwable> failure) {
        this.options = options;
        this.site = site;
        this.load = load;
        this.log = log;
        this.faults = faults;
        this.failure = failure;
    }

    /** A table of all that was counted. */
    String text() {
        List<String> lines = new ArrayList<>();
        add(lines, "elapsed", log.elapsed().toSeconds() + " s, " + log.rounds() + " rounds");
        add(lines, "operations", load.counts().asked());
        add(lines, "  ok", load.counts().succeeded());
        add(lines, "  unknown outcome", load.counts().unknown());
        add(lines, "  refused", load.counts().refused());
        add(
                lines,
                "faults",
                faults.values().stream().mapToInt(Integer::intValue).sum());
        for (FaultKind kind : options.kinds()) {
            add(lines, "  " + kind.word(), faults.getOrDefault(kind, 0));
        }
        List<String> told = logs();
        add(lines, "stores given up", count(told, "gives the store up"));
        add(lines, "recoveries", count(told, "recovery ends"));
        add(lines, "warnings in logs", count(told, " WARN "));
        add(lines, "errors in logs", count(told, " ERROR "));
        add(lines, "lines of stack traces", stackTraceLines(told));
        boolean isViolation =
                failure.filter(ViolationFoundError.class::isInstance).isPresent();
        add(lines, "violations", isViolation ? 1 : 0);
        add(lines, "other failures", failure.isPresent() && !isViolation ? 1 : 0);
        return String.join("\n", lines);
    }

    /** Whether a node was surprised by something, which is worth a look even where no client was. */
    boolean hasStackTraces() {
        return stackTraceLines(logs()) > 0;
    }

    private static long stackTraceLines(List<String> lines) {
        return lines.stream().filter(line -> FRAME.matcher(line).matches()).count();
    }

    private static void add(List<String> lines, String name, Object value) {
        lines.add(String.format(Locale.ROOT, "%-24s %s", name, value));
    }

    private static long count(List<String> lines, String part) {
        return lines.stream().filter(line -> line.contains(part)).count();
    }

    private List<String> logs() {
        return site.cluster().nodes().stream()
                .flatMap(node -> node.log().lines())
                .toList();
    }

    /** Keeps all that a failure can be explained with; returns what to tell. */
    String keep() {
        Path kept = options.keep();
        String what = failure.map(RunReport::words).orElse("no failure, but stack traces in the logs");
        String again = "./mostdb faults " + options.arguments() + "   draws the same faults; what they meet is up to"
                + " the processes, so try several times.";
        try {
            Files.createDirectories(kept);
            load.keepHistory(kept.resolve("history.jsonl"));
            Files.writeString(kept.resolve("failure.txt"), what + "\n\n" + again + "\n\n" + text() + "\n");
            Files.write(kept.resolve("faults.txt"), log.notes());
            for (int number = 1; number <= site.size(); number++) {
                Path to = Files.createDirectories(kept.resolve("node-" + number));
                for (Path file : Folders.list(site.node(number).folder(), ".log")) {
                    Files.copy(file, to.resolve(file.getFileName().toString()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return what.lines().limit(20).reduce((a, b) -> a + "\n" + b).orElse("") + "\nhistory, faults and logs are in "
                + kept.toAbsolutePath() + "\n" + again;
    }

    private static String words(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
