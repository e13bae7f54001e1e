package org.mostdb.server;

import org.mostdb.api.spi.Metrics;
import org.mostdb.api.spi.StorageEngine;

/** The figures that an engine tells of itself, as gauges. */
final class EngineGauges {

    private EngineGauges() {}

    static void register(StorageEngine engine, Metrics metrics) {
        metrics.gauge(
                "mostdb_engine_disk_bytes",
                "Size of the storage engine's files",
                "",
                () -> engine.stats().bytesOnDisk());
        for (String figure : engine.stats().figures().keySet()) {
            metrics.gauge(
                    "mostdb_engine_" + figure.replace('-', '_'),
                    "As the storage engine tells it",
                    "",
                    () -> engine.stats().figures().getOrDefault(figure, 0L));
        }
    }
}
