package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Await;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** {@code -Dmostdb.crash.rounds=20} makes more of it. */
class CrashIT {

    private static final int WRITERS = 12;
    private static final int KEYS_PER_WRITER = 20;

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS) // as many rounds as are asked for
    void everyAcknowledgedWriteOutlivesTheCrashOfAllNodes() throws Exception {
        int rounds = Integer.getInteger("mostdb.crash.rounds", 3);
        Ledger ledger = new Ledger();
        AtomicInteger acknowledged = new AtomicInteger();
        ProcessCluster cluster = servers.cluster(3);
        for (int round = 1; round <= rounds; round++) {
            cluster.start().awaitReady();
            readAll(cluster, ledger);
            acknowledged.set(0);
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> writers = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    Writer writer = new Writer(cluster.nodes().get(i % 3), "writer" + i, round, ledger, acknowledged);
                    writers.add(executor.submit(writer::writeUntilTheConnectionFails));
                }
                int enough = 500 * round;
                Await.until(
                        "the load is under way",
                        Duration.ofSeconds(60),
                        () -> acknowledged.get() >= Math.min(enough, 1500));
                cluster.kill();
                for (Future<?> writer : writers) {
                    writer.get();
                }
            }
        }
        cluster.start().awaitReady();
        readAll(cluster, ledger);
    }

    private static void readAll(ProcessCluster cluster, Ledger ledger) {
        for (ServerProcess node : cluster.nodes()) {
            try (SeedClient client = new SeedClient(node)) {
                for (String key : ledger.keys()) {
                    ledger.read(key, valueIn(client.get(key), key));
                }
            }
        }
    }

    private static String valueIn(String answer, String key) {
        if (answer.equals(SeedClient.NOT_FOUND)) {
            return Ledger.ABSENT;
        }
        String before = "{\"code\":200,\"success\":true,\"result\":{\"key\":\"" + key + "\",\"value\":\"";
        assertTrue(answer.startsWith(before), answer);
        return answer.substring(before.length(), answer.indexOf('"', before.length()));
    }

    /** Writes its keys one after the other, each value once. */
    private record Writer(ServerProcess node, String name, int round, Ledger ledger, AtomicInteger acknowledged) {

        void writeUntilTheConnectionFails() {
            try (SeedClient client = new SeedClient(node)) {
                for (int i = 0; ; i++) {
                    String key = name + "-" + i % KEYS_PER_WRITER;
                    String value = "round " + round + " write " + i;
                    ledger.inDoubt(key, value);
                    try {
                        if (client.set(key, value).equals(SeedClient.SUCCESS)) {
                            ledger.acknowledged(key, value);
                            acknowledged.incrementAndGet();
                        }
                    } catch (UncheckedIOException e) {
                        return;
                    }
                }
            }
        }
    }
}
