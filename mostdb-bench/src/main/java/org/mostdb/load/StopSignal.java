package org.mostdb.load;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Whether this process was asked to end, by Ctrl-C or SIGTERM. It ends only once this is closed, so that there is time
 * to tell what was found by then.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "mostdb-stop");
    private volatile boolean stopped;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void stop() {
        stopped = true;
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean getAsBoolean() {
        return stopped;
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already: that is what it was for.
        }
    }
}
