package org.mostdb.server;

import java.util.logging.Level;

/** How much this node tells in its log. */
enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR;

    Level level() {
        return switch (this) {
            case DEBUG -> Level.FINE;
            case INFO -> Level.INFO;
            case WARN -> Level.WARNING;
            case ERROR -> Level.SEVERE;
        };
    }
}
