package org.mostdb.server;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts threads that read the body of a request for too long, which closes their connections: a client that sends
 * a part and stops would hold its place among the requests. One thread looks at all of them now and then, since a
 * time-out of the socket would cost a timer for each request.
 */
final class BodyDeadlines implements AutoCloseable {

    private static final int LOOKS_PER_TIMEOUT = 10;

    private final long timeoutNanos;
    private final Map<Thread, Long> beganNanos = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread watcher =
            Thread.ofPlatform().daemon().name("mostdb-body-watch").unstarted(this::watch);

    BodyDeadlines(Duration timeout) {
        this.timeoutNanos = timeout.toNanos();
    }

    void start() {
        watcher.start();
    }

    /** The calling thread begins to read a body. */
    void begin() {
        beganNanos.put(Thread.currentThread(), System.nanoTime());
    }

    /** It has ended. It is not interrupted any more. */
    void end() {
        beganNanos.remove(Thread.currentThread());
    }

    private void watch() {
        try {
            while (!closing.await(Math.max(1, timeoutNanos / LOOKS_PER_TIMEOUT), TimeUnit.NANOSECONDS)) {
                long nowNanos = System.nanoTime();
                beganNanos.forEach((thread, began) -> {
                    if (nowNanos - began > timeoutNanos) {
                        interruptIfReading(thread);
                    }
                });
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** As one step with its end, so that no later request of the connection is interrupted instead. */
    private void interruptIfReading(Thread thread) {
        beganNanos.computeIfPresent(thread, (reader, began) -> {
            boolean isLate = System.nanoTime() - began > timeoutNanos;
            if (isLate) {
                reader.interrupt();
            }
            return began;
        });
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
