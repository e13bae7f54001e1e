package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Await;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** Backups of a cluster under load, and new clusters made of them. */
class BackupIT {

    private static final int WRITERS = 8;
    private static final int KEYS_PER_WRITER = 100;
    private static final int FAILED = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final Servers servers = new Servers();

    /** The number of the last write of each key that was acknowledged. */
    private final Map<String, Integer> acknowledged = new ConcurrentHashMap<>();

    private volatile boolean stopping;

    @Test
    void backupsUnderLoadMakeNewClustersThatHoldAllThatWasAcknowledgedBefore() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        List<Path> files =
                List.of(servers.folder().resolve("one.backup"), servers.folder().resolve("two.backup"));
        Map<String, Integer> before;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                String name = "writer" + i;
                ServerProcess node = cluster.node(1 + i % 3);
                writers.add(executor.submit(() -> write(node, name)));
            }
            Await.until("every key is set", PATIENCE, () -> acknowledged.size() == WRITERS * KEYS_PER_WRITER);
            before = new TreeMap<>(acknowledged);
            for (int i = 0; i < 2; i++) {
                ServerProcess node = cluster.node(i + 1);
                int exitCode = node.run("backup", "--to", files.get(i).toString());
                assertEquals(0, exitCode, node::log);
            }
            stopping = true;
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        cluster.nodes().forEach(node -> assertEquals(0, node.stop()));

        ServerProcess alone = servers.node();
        restore(alone, files);
        alone.start().awaitReady();
        assertHolds(alone, before);

        ProcessCluster three = servers.cluster(3);
        restore(three.node(1), files);
        three.start().awaitReady();
        three.nodes().forEach(node -> assertHolds(node, before));
        three.node(1).kill();
        assertHolds(three.node(2), before);
    }

    /** Each key in turns, with numbers that grow. */
    private void write(ServerProcess node, String name) {
        try (SeedClient client = new SeedClient(node)) {
            for (int number = 0; !stopping; number++) {
                String key = name + "-" + number % KEYS_PER_WRITER;
                if (client.set(key, Integer.toString(number)).equals(SeedClient.SUCCESS)) {
                    acknowledged.put(key, number);
                }
            }
        }
    }

    private static void restore(ServerProcess node, List<Path> files) {
        List<String> arguments = new ArrayList<>(List.of("restore", "--yes"));
        files.forEach(file -> arguments.add(file.toString()));
        assertEquals(0, node.run(arguments.toArray(String[]::new)), node::log);
        assertTrue(node.output().contains("every write that was acknowledged before"), node::log);
        assertTrue(node.output().contains("Next: start this node."), node::log);
    }

    private void assertHolds(ServerProcess node, Map<String, Integer> before) {
        try (SeedClient client = new SeedClient(node)) {
            before.forEach((key, number) -> {
                String[] answer = new String[1];
                Await.until(key + " is read", PATIENCE, () -> {
                    answer[0] = client.get(key);
                    return !answer[0].equals(SeedClient.NOT_MOST);
                });
                String value = answer[0].replaceAll(".*\"value\":\"(\\d+)\".*", "$1");
                assertTrue(value.matches("\\d+"), () -> key + ": " + answer[0]);
                assertTrue(
                        Integer.parseInt(value) >= number,
                        () -> key + " was acknowledged with " + number + " and is " + value);
            });
        }
    }

    @Test
    void aStoreInThePlaceIsSetAsideAndADamagedBackupChangesNothing() throws Exception {
        ServerProcess node = servers.node().start().awaitReady();
        Path file = servers.folder().resolve("a.backup");
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.SUCCESS, client.set("key", "saved"));
            assertEquals(SeedClient.SUCCESS, client.set("gone", "value"));
            assertEquals(SeedClient.SUCCESS, client.delete("gone"));
            assertEquals(0, node.run("backup", "--to", file.toString()), node::log);
            assertEquals(SeedClient.SUCCESS, client.set("key", "changed"));
        }
        assertEquals(0, node.stop());
        Path damaged = Files.copy(file, servers.folder().resolve("damaged.backup"));
        try (RandomAccessFile bytes = new RandomAccessFile(damaged.toFile(), "rw")) {
            bytes.setLength(bytes.length() - 1);
        }

        assertEquals(FAILED, node.run("restore", "--yes", damaged.toString()));
        assertTrue(node.errors().contains("breaks off"), node::log);
        assertReads(node, "changed");
        assertEquals(0, node.run("restore", "--yes", file.toString()), node::log);
        assertTrue(node.output().contains("store-set-aside-"), node::log);
        assertReads(node, "saved");
    }

    private static void assertReads(ServerProcess node, String value) {
        node.start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.found("key", value), client.get("key"));
            assertEquals(SeedClient.NOT_FOUND, client.get("gone"));
        }
        assertEquals(0, node.stop());
    }

    @Test
    void standardOutputThatTakesNothingMoreIsTold() throws Exception {
        ServerProcess node = servers.node().start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.SUCCESS, client.set("key", "value"));
        }
        String command = Path.of(System.getProperty("java.home"), "bin", "java") + " -jar " + Servers.JAR
                + " backup --to - --node " + node.url() + " >/dev/full";
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).redirectErrorStream(false);
        Process process = builder.start();
        String errors = new String(process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(FAILED, process.waitFor(), errors);
        assertTrue(errors.contains("can't be written (No space left on device)"), errors);
    }
}
