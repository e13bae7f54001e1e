package org.mostdb.faults;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What is told while a run goes on: one line again and again on a terminal, else one every few seconds; and all that
 * was done, for whoever looks for the cause of a failure.
 */
final class RunLog {

    private static final Duration ON_TERMINAL = Duration.ofMillis(500);
    private static final Duration ELSEWHERE = Duration.ofSeconds(10);

    private final PrintWriter out;
    private final boolean onTerminal;
    private final long intervalNanos;
    private long beginNanos = System.nanoTime();
    private final List<String> notes = new ArrayList<>();
    private final LoadCounts counts;
    private long nextNanos = beginNanos;
    private boolean lineIsOpen;
    private int round;
    private int faults;

    @SuppressWarnings("SystemConsoleNull") // it is null again where JDK 25 finds no terminal
    RunLog(PrintWriter out, LoadCounts counts) {
        this.out = out;
        this.counts = counts;
        Console console = System.console();
        onTerminal = console != null && console.isTerminal();
        intervalNanos = (onTerminal ? ON_TERMINAL : ELSEWHERE).toNanos();
    }

    /** From now on time counts: all nodes are up. */
    void begin() {
        beginNanos = System.nanoTime();
        nextNanos = beginNanos;
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - beginNanos);
    }

    /** A round begins. */
    void beginRound() {
        round++;
        note("round " + round);
    }

    int rounds() {
        return round;
    }

    /** Keeps a line for the end. */
    void note(String line) {
        if (!line.startsWith("over: ") && !line.startsWith("round ")) {
            faults++;
        }
        notes.add(String.format(
                Locale.ROOT,
                "%8.2f s %s",
                TimeUnit.NANOSECONDS.toMillis(elapsed().toNanos()) / 1e3,
                line));
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    /** Tells how things are, if it is time for that. */
    void progress(int lasting) {
        long now = System.nanoTime();
        if (now - nextNanos < 0) {
            return;
        }
        nextNanos = now + intervalNanos;
        String line = String.format(
                Locale.ROOT,
                "%d:%02d round %d: %d operations, %d ok, %d unknown, %d refused; %d faults so far, %d now; 0 violations",
                elapsed().toMinutes(),
                elapsed().toSecondsPart(),
                round,
                counts.asked(),
                counts.succeeded(),
                counts.unknown(),
                counts.refused(),
                faults,
                lasting);
        if (onTerminal) {
            out.print("\r" + line + "  ");
            lineIsOpen = true;
        } else {
            out.println(line);
        }
        out.flush();
    }

    /** Tells something once. */
    void tell(String text) {
        if (lineIsOpen) {
            out.println();
            lineIsOpen = false;
        }
        out.println(text);
        out.flush();
    }
}
