package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.testkit.LocalCluster;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SpareCarrierTest {

    private final VirtualThreadSchedulerMXBean scheduler =
            ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    private final int carriers = scheduler.getParallelism();
    private final AtomicInteger held = new AtomicInteger();
    private volatile boolean isReleased;

    /** As a native call does. */
    private void holdCarrier() {
        held.incrementAndGet();
        while (!isReleased) {
            Thread.onSpinWait();
        }
        held.decrementAndGet();
    }

    private boolean areAllHeld() {
        return held.get() >= carriers;
    }

    /** For as long as the test may take. */
    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }

    /** Again and again, as a scheduler that may have one more carrier does not always wake it. */
    @RepeatedTest(30)
    void aVirtualThreadRunsThoughAllCarriersAreHeldAndTheSpareOneIsTakenBack() throws Exception {
        assertEquals(SpareCarrier.carriers(), carriers);
        List<Thread> holders = new ArrayList<>();
        try (SpareCarrier spare = new SpareCarrier(Duration.ZERO)) {
            spare.start();
            for (int i = 0; i < carriers; i++) {
                holders.add(Thread.startVirtualThread(this::holdCarrier));
            }
            await(this::areAllHeld);
            CountDownLatch ran = new CountDownLatch(1);
            Thread.startVirtualThread(ran::countDown);
            ran.await();
            isReleased = true;
            for (Thread holder : holders) {
                holder.join();
            }
            await(() -> scheduler.getParallelism() == carriers);
        } finally {
            isReleased = true;
        }
    }

    @Test
    void itIsTakenBackAtTheEnd() throws Exception {
        try (SpareCarrier spare = new SpareCarrier(Duration.ofDays(1))) {
            spare.start();
            for (int i = 0; i < carriers; i++) {
                Thread.startVirtualThread(this::holdCarrier);
            }
            await(() -> scheduler.getParallelism() == carriers + 1);
        } finally {
            isReleased = true;
        }
        await(() -> scheduler.getParallelism() == carriers);
    }

    @Test
    void aNodeThatIsAloneTellsItsStatusThoughItsDiskAnswersNoRead(@TempDir Path directory) throws Exception {
        List<Thread> readers = new ArrayList<>();
        try (LocalCluster cluster =
                new LocalCluster(new MajorityPolicyProvider(), 1, directory, LocalCluster.quickSettings())) {
            cluster.startAll();
            cluster.engine(0).onRead(key -> {
                holdCarrier();
                return false;
            });
            for (int i = 0; i < carriers; i++) {
                readers.add(Thread.startVirtualThread(() -> cluster.policy(0).get(Bytes.utf8("key"))));
            }
            await(this::areAllHeld);
            Thread.startVirtualThread(() -> cluster.policy(0).status()).join();
            isReleased = true;
            for (Thread reader : readers) {
                reader.join();
            }
        } finally {
            isReleased = true;
        }
        await(() -> scheduler.getParallelism() == carriers);
    }
}
