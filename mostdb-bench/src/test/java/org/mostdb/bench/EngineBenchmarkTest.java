package org.mostdb.bench;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineBenchmarkTest {

    @ParameterizedTest
    @ValueSource(strings = {"leveldbjni", "iq80"})
    void everyBenchmarkRunsOnTheEngine(String engine) throws Exception {
        PreloadedStore store = new PreloadedStore();
        store.engine = engine;
        EngineBenchmark.Batch batch = new EngineBenchmark.Batch();
        batch.size = 10;
        Keys skewed = new Keys();
        skewed.keys = "skewed";
        skewed.setUp();
        Keys.ForWrites forWrites = new Keys.ForWrites();
        forWrites.setUp();
        EngineBenchmark benchmark = new EngineBenchmark();

        store.setUp();
        try {
            assertEquals(
                    PreloadedStore.VALUE_BYTES, benchmark.get(store, skewed).orElseThrow().length);
            assertDoesNotThrow(() -> benchmark.put(store, forWrites));
            assertDoesNotThrow(() -> benchmark.syncedBatch(store, forWrites, batch));
        } finally {
            store.tearDown();
        }
    }
}
