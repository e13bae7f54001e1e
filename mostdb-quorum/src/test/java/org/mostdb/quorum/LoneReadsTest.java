package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.quorum.Operation.Outcome.Found;
import org.mostdb.testkit.FaultyEngine;
import org.mostdb.testkit.MemoryEngineProvider;
import org.mostdb.testkit.SeededRandom;

class LoneReadsTest {

    private static final Bytes KEY = Bytes.utf8("key");
    private static final Bytes OTHER = Bytes.utf8("other");

    private FaultyEngine engine;
    private CellStore store;
    private LoneReads reads;

    @BeforeEach
    void open(@TempDir Path directory) {
        engine = new FaultyEngine(new MemoryEngineProvider().open(new EngineSettings(directory, Map.of())));
        store = CellStore.open(engine, Durability.SYNC, new SeededRandom(1));
        reads = new LoneReads(store, 1);
        reads.setAlone(true);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private Cell cell(long counter) {
        return Cell.of(KEY, new Tag(counter, store.epoch(), store.node()), Bytes.utf8("value " + counter));
    }

    private static WriteJob job(Cell cell) {
        return new WriteJob(Map.of(KEY, cell), Map.of(), cell.tag().counter());
    }

    private static Tag tagOf(@Nullable Found found) {
        return Objects.requireNonNull(found).cell().orElseThrow().tag();
    }

    @Test
    void aCellIsAnsweredOnceItIsDurable() {
        Cell first = cell(1);
        store.write(job(first));
        Cell second = cell(2);
        reads.writing(job(second));
        assertEquals(first.tag(), tagOf(reads.read(KEY)), "the one before it is durable");
        store.write(job(second));
        assertNull(reads.read(KEY), "it can be read, and may not be durable");
        assertEquals(new Found(Optional.empty()), reads.read(OTHER));
        reads.written();
        assertEquals(second.tag(), tagOf(reads.read(KEY)));
    }

    @Test
    void aNodeThatIsNoMajorityByItselfAsksTheCore() {
        reads.setAlone(false);
        assertNull(reads.read(KEY));
    }

    @Test
    void theCoreIsAskedWhereTheStoreFailsOrIsClosed() {
        engine.onRead(key -> true);
        assertNull(reads.read(KEY));
        engine.heal();
        assertEquals(new Found(Optional.empty()), reads.read(KEY), "its seat is free again");
        engine.close();
        assertNull(reads.read(KEY));
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void aReadThatWaitsForTheDiskHoldsUpNoOther() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch disk = new CountDownLatch(1);
        engine.onRead(key -> {
            begun.countDown();
            await(disk);
            return false;
        });
        try (ExecutorService caller = Executors.newSingleThreadExecutor()) {
            Future<Found> slow = caller.submit(() -> reads.read(KEY));
            try {
                await(begun);
                assertNull(reads.read(OTHER), "the only seat is taken");
            } finally {
                disk.countDown();
            }
            assertEquals(new Found(Optional.empty()), slow.get());
        }
        assertEquals(new Found(Optional.empty()), reads.read(OTHER));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
