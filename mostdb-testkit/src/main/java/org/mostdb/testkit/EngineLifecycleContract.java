package org.mostdb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/** The contract of close, of what comes after it, and of checkpoint. */
abstract class EngineLifecycleContract extends EngineReadWriteContract {

    @Test
    void keepsEverythingOverCloseAndOpen() throws Exception {
        for (int round = 0; round < 5; round++) {
            StorageEngine engine = open();
            assertEquals(round * 100, all(engine).size());
            for (int i = 0; i < 100; i++) {
                put(engine, "key" + (round * 100 + i), "value");
            }
            engine.close();
        }
    }

    @Test
    void closesTwice() throws Exception {
        StorageEngine engine = open();
        engine.close();
        engine.close();
    }

    @Test
    void everyCallAfterCloseIsRefused() throws Exception {
        StorageEngine engine = open();
        put(engine, "key", "value");
        Path copy = directory("copy");
        engine.close();
        assertThrows(IllegalStateException.class, () -> engine.get(bytes("key")));
        assertThrows(IllegalStateException.class, () -> engine.scan(NO_BOUND, NO_BOUND));
        assertThrows(IllegalStateException.class, () -> put(engine, "key", "value"));
        assertThrows(IllegalStateException.class, () -> engine.write(new WriteBatch(), Durability.SYNC));
        assertThrows(IllegalStateException.class, () -> engine.checkpoint(copy));
        assertThrows(IllegalStateException.class, engine::stats);
    }

    @Test
    void aClosedScanIsRefused() throws Exception {
        StorageEngine engine = open();
        put(engine, "key", "value");
        Scan scan = engine.scan(NO_BOUND, NO_BOUND);
        assertTrue(scan.next());
        scan.close();
        assertThrows(IllegalStateException.class, scan::next);
    }

    @Test
    void closeWaitsForAnOpenScan() throws Exception {
        StorageEngine engine = open();
        put(engine, "a", "1");
        put(engine, "b", "2");
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Scan scan = engine.scan(NO_BOUND, NO_BOUND);
            Future<?> close = threads.submit(engine::close);
            try (scan) {
                awaitRefusal(engine);
                assertFalse(close.isDone(), "close waits");
                assertEquals(2, rest(scan).size());
                assertFalse(close.isDone(), "close waits");
            }
            close.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Calls until the close that another thread has begun refuses them. */
    private static void awaitRefusal(StorageEngine engine) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < end) {
            try {
                engine.get(bytes("a"));
                Thread.onSpinWait();
            } catch (IllegalStateException e) {
                return;
            }
        }
        throw new AssertionError("a call during close is refused, since it would wait for the scan of its own caller");
    }

    @RepeatedTest(15)
    void closeUnderLoadHarmsNobody() throws Exception {
        StorageEngine engine = open();
        WriteBatch batch = new WriteBatch();
        for (int i = 0; i < 300; i++) {
            batch.put(bytes("key" + i), new byte[100]);
        }
        engine.write(batch, Durability.OS);
        List<Runnable> calls = List.of(
                () -> engine.get(bytes("key7")),
                () -> engine.get(bytes("none")),
                () -> all(engine),
                () -> all(engine, bytes("key2"), bytes("key3")),
                () -> put(engine, "written", "value"),
                engine::stats);
        CountDownLatch running = new CountDownLatch(calls.size());
        try (ExecutorService threads = Executors.newFixedThreadPool(calls.size())) {
            List<Future<?>> loops = new ArrayList<>();
            for (Runnable call : calls) {
                loops.add(threads.submit(() -> {
                    call.run();
                    running.countDown();
                    untilClosed(call);
                }));
            }
            assertTrue(running.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "all loops run");
            engine.close();
            for (Future<?> loop : loops) {
                loop.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
        assertValue(open(), "written", "value");
    }

    private static void untilClosed(Runnable call) {
        while (true) {
            try {
                call.run();
            } catch (IllegalStateException e) {
                return;
            }
        }
    }

    @Test
    void checkpointIsAConsistentCopyThatOpens() throws Exception {
        StorageEngine engine = open();
        put(engine, "a", "1");
        put(engine, "b", "2");
        Path copy = folder.resolve("new/copy");
        engine.checkpoint(copy);
        put(engine, "c", "3");
        StorageEngine copied = open(copy);
        assertEquals(2, all(copied).size());
        assertValue(copied, "b", "2");
        put(copied, "d", "4");
        assertAbsent(engine, "d");
    }

    @Test
    void checkpointOfAnEmptyStoreOpens() throws Exception {
        StorageEngine engine = open();
        Path copy = directory("copy");
        engine.checkpoint(copy);
        assertTrue(all(open(copy)).isEmpty());
    }

    @Test
    void checkpointWhileWritingHoldsAllThatCameBeforeItsLastBatch() throws Exception {
        StorageEngine engine = open();
        int writes = 3000;
        CountDownLatch some = new CountDownLatch(100);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> writing = threads.submit(() -> {
                for (int i = 0; i < writes; i++) {
                    byte[] number = bytes("%06d".formatted(i));
                    engine.write(
                            new WriteBatch().put(bytes("left" + i), number).put(bytes("right" + i), number),
                            Durability.OS);
                    some.countDown();
                }
            });
            assertTrue(some.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "writes run");
            Path copy = directory("copy");
            engine.checkpoint(copy);
            writing.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            StorageEngine copied = open(copy);
            int pairs = all(copied).size() / 2;
            assertTrue(pairs >= 100 && pairs <= writes, "what was written before the call is there: " + pairs);
            for (int i = 0; i < writes; i++) {
                assertEquals(i < pairs, copied.get(bytes("left" + i)).isPresent(), "left" + i + " of " + pairs);
                assertEquals(i < pairs, copied.get(bytes("right" + i)).isPresent(), "right" + i + " of " + pairs);
            }
        }
    }
}
