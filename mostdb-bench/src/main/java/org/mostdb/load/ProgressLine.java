package org.mostdb.load;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** The line that tells how a run goes, written over itself on a terminal. */
final class ProgressLine implements Progress {

    private static final double NANOS_PER_SECOND = 1e9;
    private static final String ERASE = "\r\033[K";

    private final PrintWriter terminal;
    private String name = "";
    private String until = "";
    private long beginNanos;
    private long lastNanos;
    private long lastAnswered;

    ProgressLine(PrintWriter terminal) {
        this.terminal = terminal;
    }

    @Override
    public void begin(String name, Optional<Duration> planned, long answered) {
        this.name = name;
        until = planned.map(time -> " of " + seconds(time.toNanos())).orElse("");
        lastAnswered = answered;
        beginNanos = System.nanoTime();
        lastNanos = beginNanos;
    }

    @Override
    public void show(long answered, long failed) {
        long now = System.nanoTime();
        terminal.printf(
                Locale.ROOT,
                "%s%s %s%s: %,.0f a second%s",
                ERASE,
                name,
                seconds(now - beginNanos),
                until,
                (answered - lastAnswered) * NANOS_PER_SECOND / Math.max(1, now - lastNanos),
                failed > 0 ? String.format(Locale.ROOT, ", %,d errors", failed) : "");
        terminal.flush();
        lastNanos = now;
        lastAnswered = answered;
    }

    @Override
    public void end() {
        terminal.print(ERASE);
        terminal.flush();
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / NANOS_PER_SECOND);
    }
}
