package org.mostdb.server;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LinkBenchmarkTest {

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void allMessagesArrive() throws Exception {
        LinkBenchmark benchmark = new LinkBenchmark();
        benchmark.setUp();
        try {
            for (int i = 0; i < 1000; i++) {
                benchmark.stream();
            }
            benchmark.awaitAllArrived();
            benchmark.roundTrip();
        } finally {
            benchmark.tearDown();
        }
    }
}
