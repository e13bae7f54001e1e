package org.mostdb.server;

import java.util.logging.LogManager;

/**
 * Keeps the handlers at the end of the process: the JDK's own manager takes them away in a shutdown hook of its own,
 * beside ours, and the last lines would be lost. The JDK makes it if the system property
 * {@code java.util.logging.manager} names it before the first logger is made, and needs it public.
 */
public final class KeepingLogManager extends LogManager {

    private boolean setUp;

    /** Called by the JDK. */
    public KeepingLogManager() {}

    /** Takes all handlers away, until the log of this process is set up. */
    @Override
    public synchronized void reset() {
        if (!setUp) {
            super.reset();
        }
    }

    synchronized void setUpDone() {
        setUp = true;
    }
}
