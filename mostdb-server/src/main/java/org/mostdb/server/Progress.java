package org.mostdb.server;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** Tells how far a long work is: over and over on one line of a terminal, else as a line every few seconds. */
final class Progress implements AutoCloseable {

    private static final Duration ON_TERMINAL = Duration.ofMillis(200);
    private static final Duration ELSEWHERE = Duration.ofSeconds(5);
    private static final double MIB = 1 << 20;

    private final String doing;
    private final PrintWriter errors;
    private final boolean onTerminal;
    private final long intervalNanos;
    private long beginNanos;
    private long nextNanos;
    private boolean lineIsOpen;

    /** @param doing such as {@code verifying} */
    @SuppressWarnings("SystemConsoleNull") // it is null again where JDK 25 finds no terminal
    Progress(String doing, PrintWriter errors) {
        this.doing = doing;
        this.errors = errors;
        Console console = System.console();
        onTerminal = console != null && console.isTerminal();
        intervalNanos = (onTerminal ? ON_TERMINAL : ELSEWHERE).toNanos();
    }

    /** What to call after each block of a backup. */
    Consumer<BackupReader> of(String name) {
        return reader -> {
            long now = System.nanoTime();
            if (beginNanos == 0) {
                beginNanos = now;
                nextNanos = now + intervalNanos;
            } else if (now - nextNanos >= 0) {
                nextNanos = now + intervalNanos;
                tell(name, reader, Math.max(1, now - beginNanos) / 1e9);
            }
        };
    }

    private void tell(String name, BackupReader reader, double seconds) {
        String line = String.format(
                Locale.ROOT,
                "%s %s: %d cells, %.1f MiB, %.0f cells and %.1f MiB per second",
                doing,
                name,
                reader.cells(),
                reader.bytes() / MIB,
                reader.cells() / seconds,
                reader.bytes() / MIB / seconds);
        if (onTerminal) {
            errors.print("\r" + line + "  ");
            lineIsOpen = true;
        } else {
            errors.println(line);
        }
        errors.flush();
    }

    @Override
    public void close() {
        if (lineIsOpen) {
            errors.println();
            errors.flush();
        }
    }
}
