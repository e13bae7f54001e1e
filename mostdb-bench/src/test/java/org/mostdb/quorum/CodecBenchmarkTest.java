package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CodecBenchmarkTest {

    @Test
    void whatIsDecodedIsOneRequestWithAllCells() {
        CodecBenchmark benchmark = new CodecBenchmark();
        benchmark.setUp();

        assertEquals(1, ((List<?>) benchmark.encode()).size());
        Message message = (Message) ((List<?>) benchmark.decode()).getFirst();
        assertEquals(
                CodecBenchmark.CELLS, ((Message.StoreRequest) message).cells().size());
    }
}
