package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Await;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

class StopUnderLoadIT {

    @RegisterExtension
    final Servers servers = new Servers();

    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final Queue<String> unanswered = new ConcurrentLinkedQueue<>();

    @Test
    void aStopAnswersWhatItAcceptedAndLosesNothing() throws Exception {
        ServerProcess node = servers.node().start().awaitReady();
        int exitCode = stopUnderLoad(node);

        assertEquals(0, exitCode, node.log());
        assertEquals(List.of(), node.troubles());
        node.start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            for (String key : acknowledged) {
                assertEquals(SeedClient.found(key, "value"), client.get(key));
            }
            // Not answered means not accepted, so it must not have been done either.
            for (String key : unanswered) {
                assertEquals(SeedClient.NOT_FOUND, client.get(key), key + " was done and not answered");
            }
            assertEquals(List.of(), List.copyOf(refused), "answers that were no success");
        }
    }

    @Test
    void theOthersGoOnWhileAMemberStops() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                SeedClient other = new SeedClient(cluster.node(2))) {
            Future<Integer> exitCode = executor.submit(() -> stopUnderLoad(cluster.node(1)));
            for (int i = 0; !exitCode.isDone(); i++) {
                assertEquals(SeedClient.SUCCESS, other.set("other" + i % 100, "value"));
            }
            assertEquals(0, exitCode.get());
            for (String key : acknowledged) {
                assertEquals(SeedClient.found(key, "value"), other.get(key));
            }
            assertEquals(List.of(), List.copyOf(refused), "answers that were no success");
        }
    }

    private int stopUnderLoad(ServerProcess node) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<? extends Future<?>> writers = IntStream.range(0, 16)
                    .mapToObj(i -> executor.submit(() -> writeUntilTheConnectionFails(node, "writer" + i)))
                    .toList();
            Await.until("the load is under way", Duration.ofSeconds(60), () -> acknowledged.size() >= 1000);
            int exitCode = node.stop();
            for (Future<?> writer : writers) {
                writer.get();
            }
            return exitCode;
        }
    }

    private void writeUntilTheConnectionFails(ServerProcess node, String name) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; ; i++) {
                String key = name + "-" + i;
                try {
                    SeedClient.Answer answer =
                            client.post("/mostdb/set", "{\"key\":\"" + key + "\",\"value\":\"value\"}");
                    if (answer.equals(SeedClient.Answer.ok(SeedClient.SUCCESS))) {
                        acknowledged.add(key);
                    } else if (answer.status() != 503) {
                        refused.add(key + ": " + answer);
                    }
                } catch (UncheckedIOException e) {
                    unanswered.add(key);
                    return;
                }
            }
        }
    }
}
