package org.mostdb.api.spi;

import java.util.function.DoubleSupplier;

/**
 * Where a plugin reports its figures. Names are lower-case with underscores and end with their unit, such as
 * {@code mostdb_fsync_seconds}. A second registration under the same name and label gives the same meter. All methods
 * are safe for use by many threads, and cheap enough for a call per batch.
 */
public interface Metrics {

    /** A figure that only grows. */
    Counter counter(String name, String description);

    /** How a figure is spread: batch sizes, durations in seconds. */
    Distribution distribution(String name, String description);

    /**
     * A figure that is read whenever somebody looks.
     *
     * @param label what this one is of several under the name, such as a member's address; empty for the only one
     */
    void gauge(String name, String description, String label, DoubleSupplier value);

    /** See {@link Metrics#counter}. */
    interface Counter {

        /** Adds to it, never less than zero. */
        void add(long amount);
    }

    /** See {@link Metrics#distribution}. */
    interface Distribution {

        /** Takes one more value into account. */
        void record(double value);
    }
}
