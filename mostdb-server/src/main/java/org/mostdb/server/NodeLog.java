package org.mostdb.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/**
 * The log of this process: one line an event, on standard output, such as {@code 2026-11-22T13:00:00.123Z INFO
 * message}.
 */
final class NodeLog {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** What every level of a library is held to: it would tell of every malformed request otherwise. */
    private static final Level LIBRARIES = Level.WARNING;

    // A logger without a strong reference forgets its level.
    private static final Logger ROOT = Logger.getLogger("");
    private static final Logger OWN = Logger.getLogger("org.mostdb");
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    /** Tells a failed start with a stack trace; this node says the same in a sentence. */
    private static final Logger HELIDON_START = Logger.getLogger("io.helidon.webserver.LoomServer");

    /** Tell, with a stack trace each time, what a client did wrong that speaks no proper HTTP. */
    private static final List<Logger> HELIDON_CONNECTIONS = List.of(
            Logger.getLogger("io.helidon.webserver.ConnectionHandler"),
            Logger.getLogger("io.helidon.webserver.http1.Http1Connection"));

    /** Tells with a stack trace of each connection that comes while the server stops. */
    private static final Logger HELIDON_LISTENER = Logger.getLogger("io.helidon.webserver.ServerListener");

    private NodeLog() {}

    /** Sends all loggers to standard output, in place of what was set up before. */
    static void setUp(LogLevel level) {
        LogManager.getLogManager().reset();
        Handler handler = new LineHandler();
        ROOT.addHandler(handler);
        boolean debug = level == LogLevel.DEBUG;
        Level libraries = debug ? level.level() : maxOf(LIBRARIES, level.level());
        ROOT.setLevel(libraries);
        HELIDON.setLevel(libraries);
        HELIDON_START.setLevel(debug ? level.level() : Level.OFF);
        HELIDON_CONNECTIONS.forEach(logger -> logger.setLevel(debug ? level.level() : Level.SEVERE));
        HELIDON_LISTENER.setFilter(entry -> debug || !(entry.getThrown() instanceof RejectedExecutionException));
        OWN.setLevel(level.level());
    }

    private static Level maxOf(Level a, Level b) {
        return a.intValue() >= b.intValue() ? a : b;
    }

    /** From here on, the end of the process does not take the handlers away. */
    static void keepToTheEnd() {
        if (LogManager.getLogManager() instanceof KeepingLogManager manager) {
            manager.setUpDone();
        }
    }

    private static final class LineHandler extends StreamHandler {

        LineHandler() {
            super(System.out, new LineFormatter());
            setLevel(Level.ALL);
        }

        @Override
        public synchronized void publish(LogRecord logRecord) {
            super.publish(logRecord);
            flush();
        }

        @Override
        public synchronized void close() {
            flush();
        }
    }

    /** One line, and the stack trace below it if there is one. */
    static final class LineFormatter extends Formatter {

        @Override
        public String format(LogRecord logRecord) {
            StringBuilder line = new StringBuilder(160)
                    .append(TIME.format(logRecord.getInstant()))
                    .append(' ')
                    .append(word(logRecord.getLevel()))
                    .append(' ')
                    .append(formatMessage(logRecord))
                    .append('\n');
            if (logRecord.getThrown() != null) {
                StringWriter trace = new StringWriter();
                logRecord.getThrown().printStackTrace(new PrintWriter(trace));
                line.append(trace);
            }
            return line.toString();
        }

        private static String word(Level level) {
            int value = level.intValue();
            if (value >= Level.SEVERE.intValue()) {
                return "ERROR";
            }
            if (value >= Level.WARNING.intValue()) {
                return "WARN ";
            }
            return value >= Level.INFO.intValue() ? "INFO " : "DEBUG";
        }
    }
}
