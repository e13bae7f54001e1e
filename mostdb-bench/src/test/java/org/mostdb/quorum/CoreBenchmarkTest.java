package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoreBenchmarkTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 512})
    void everyOperationOfEveryBatchEnds(int operations) {
        CoreBenchmark benchmark = new CoreBenchmark();
        benchmark.operations = operations;
        benchmark.setUp();

        assertDoesNotThrow(() -> {
            for (int round = 0; round < 10; round++) {
                benchmark.set();
                benchmark.get();
            }
        });
    }
}
