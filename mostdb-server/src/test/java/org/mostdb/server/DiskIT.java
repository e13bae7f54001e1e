package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that fails or lies harms nobody but its own node, and that one only until it has copied from the others. */
class DiskIT {

    private static final int KEYS = 300;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    final Servers servers = new Servers();

    @ParameterizedTest
    @ValueSource(strings = {"leveldbjni", "iq80"})
    void aMemberWhoseWriteFailedStopsVotingAndCopiesAnewOnceItsDiskWorks(String engine) throws Exception {
        assumeTrue(succeeds("prlimit", "--version"), "there is no prlimit");
        ProcessCluster cluster =
                servers.cluster(3).with("MOSTDB_STORE_ENGINE", engine).start().awaitReady();
        ServerProcess node = cluster.node(3);
        writeAll(cluster.node(1), "before");

        // From now on each write behind the first bytes of a file fails, as on a disk with bad sectors.
        assertTrue(succeeds("prlimit", "--pid", Long.toString(node.pid()), "--fsize=4096:unlimited"));
        writeAll(cluster.node(1), "after");
        try (SeedClient client = new SeedClient(cluster.node(1))) {
            // The native library writes into room that it has set aside before.
            String large = "x".repeat(100_000);
            Await.until("the write has failed", PATIENCE, () -> {
                assertEquals(SeedClient.SUCCESS, client.set("large", large));
                return node.output().contains("the store has failed");
            });
        }
        Path mark = node.dataFolder().resolve("store-failed");
        Await.until(
                "it is remembered, or no more needed",
                PATIENCE,
                () -> Files.exists(mark) || node.output().contains("set aside"));
        assertTrue(succeeds("prlimit", "--pid", Long.toString(node.pid()), "--fsize=unlimited:unlimited"));

        Await.until("the node has recovered", PATIENCE, () -> node.output().contains("recovery ends"));
        node.awaitReady();
        assertTrue(Files.notExists(mark));
        assertEquals(1, setAside(node));
        cluster.node(2).kill();
        assertAll(node, "after");
    }

    @Test
    void aMemberThatEndsAfterAFailedWriteCopiesAnewAtItsNextStart() throws Exception {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        ServerProcess node = cluster.node(3);
        writeAll(cluster.node(1), "value");
        node.kill();
        Files.writeString(node.dataFolder().resolve("store-failed"), "it was so\n");

        node.start();
        Await.until("the node has recovered", PATIENCE, () -> node.output().contains("recovery ends"));
        node.awaitReady();
        assertTrue(node.output().contains("the store has failed before (it was so)"), node::log);
        assertEquals(1, setAside(node));
        cluster.node(2).kill();
        assertAll(node, "value");
    }

    @Test
    void theOnlyMemberDoesNotStartOnAStoreThatHasFailedUntilItsOwnerSaysSo() throws Exception {
        ServerProcess node = servers.node().start().awaitReady();
        writeAll(node, "value");
        assertEquals(0, node.stop());
        Path mark = node.dataFolder().resolve("store-failed");
        Files.writeString(mark, "it was so\n");

        assertEquals(2, node.start().awaitEnd());
        assertTrue(node.errors().contains("delete " + mark), node::log);

        Files.delete(mark);
        node.start().awaitReady();
        assertAll(node, "value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"leveldbjni", "iq80"})
    void aFlippedOrCutFileOfOneMemberIsFoundAtItsStartAndTheStoreIsCopiedAnew(String engine) throws Exception {
        ProcessCluster cluster =
                servers.cluster(3).with("MOSTDB_STORE_ENGINE", engine).start().awaitReady();
        ServerProcess node = cluster.node(3);
        writeAll(cluster.node(1), "value");
        node.kill();
        flip(largest(node, ".log"), 1000);
        expectCopy(node, 1);

        node.kill();
        flip(largest(node, "MANIFEST-"), 20);
        expectCopy(node, 2);

        node.kill();
        Path current = node.dataFolder().resolve("store").resolve("CURRENT");
        Files.write(current, new byte[0]);
        expectCopy(node, 3);

        cluster.node(2).kill();
        assertAll(node, "value");
    }

    @Test
    void theOnlyMemberDoesNotStartOnADamagedStore() throws Exception {
        ServerProcess node = servers.node().start().awaitReady();
        writeAll(node, "value");
        node.kill();
        flip(largest(node, ".log"), 1000);
        assertEquals(1, node.start().awaitEnd());
        assertTrue(node.errors().contains("is corrupt: "), node::log);
    }

    @Test
    void aFullDiskRefusesValuesAndServesReadsAndDeletesAndGoesOnByItselfWithSpace() throws Exception {
        Path disk = servers.folder().resolve("disk");
        Files.createDirectories(disk);
        assumeTrue(
                succeeds("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", disk.toString()),
                "a file system can't be mounted");
        try {
            fillAndFree(disk);
        } finally {
            assertTrue(succeeds("umount", "--lazy", disk.toString()));
        }
    }

    private void fillAndFree(Path disk) throws Exception {
        ProcessCluster cluster = servers.cluster(3)
                .with("MOSTDB_DISK_RESERVE_MIB", "32")
                .with("MOSTDB_OPERATION_TIMEOUT_MILLIS", "10000");
        ServerProcess full =
                cluster.node(3).with("MOSTDB_STORE_ROOT", disk.resolve("data").toString());
        cluster.start().awaitReady();
        writeAll(cluster.node(1), "before");
        Path ballast = disk.resolve("ballast");
        fill(disk, ballast, 28L << 20);
        try (SeedClient client = new SeedClient(full);
                SeedClient other = new SeedClient(cluster.node(1))) {
            Await.until(
                    "values are refused", PATIENCE, () -> client.set("k", "v").startsWith("{\"code\":507,"));
            assertEquals(SeedClient.found("key1", "before"), client.get("key1"));
            assertEquals(SeedClient.SUCCESS, client.delete("key1"));
            assertEquals(SeedClient.NOT_FOUND, client.get("key1"));
            assertEquals(SeedClient.SUCCESS, other.set("elsewhere", "v"));
            // Two votes are needed, and one of the two is that of the full node: it holds a value it was not given.
            cluster.node(2).kill();
            assertEquals(SeedClient.found("elsewhere", "v"), client.get("elsewhere"));
            assertEquals(SeedClient.found("elsewhere", "v"), other.get("elsewhere"));
            assertEquals(SeedClient.SUCCESS, other.delete("key2"));
            assertEquals(SeedClient.NOT_FOUND, client.get("key2"));
            cluster.node(2).start().awaitReady();

            Files.delete(ballast);
            Await.until(
                    "values are taken again",
                    PATIENCE,
                    () -> client.set("k", "v").equals(SeedClient.SUCCESS));
        }
        assertEquals(0, setAside(disk.resolve("data")));
        assertEquals(
                1,
                full.output()
                        .lines()
                        .filter(line -> line.contains("no new values are taken"))
                        .count(),
                full::log);
        full.kill();
        fill(disk, ballast, 10L << 20);
        assertEquals(2, full.start().awaitEnd());
        assertTrue(full.errors().contains("make space"), full::log);
        Files.delete(ballast);
        full.start().awaitReady();
    }

    private static void fill(Path disk, Path ballast, long leave) throws IOException {
        byte[] mib = new byte[1 << 20];
        while (Files.getFileStore(disk).getUsableSpace() > leave + mib.length) {
            Files.write(ballast, mib, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private static void expectCopy(ServerProcess node, int times) {
        node.start();
        Await.until("the node has recovered", PATIENCE, () -> node.output().contains("recovery ends"));
        node.awaitReady();
        assertTrue(node.output().contains("gives the store up"), node::log);
        assertEquals(times, setAside(node), node::log);
    }

    private static void writeAll(ServerProcess node, String value) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals(SeedClient.SUCCESS, client.set("key" + i, value));
            }
        }
    }

    private static void assertAll(ServerProcess node, String value) {
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals(SeedClient.found("key" + i, value), client.get("key" + i));
            }
        }
    }

    private static long setAside(ServerProcess node) {
        return setAside(node.dataFolder());
    }

    private static long setAside(Path data) {
        return list(data).stream()
                .filter(file -> file.getFileName().toString().startsWith("store-set-aside-"))
                .count();
    }

    private static Path largest(ServerProcess node, String name) {
        return list(node.dataFolder().resolve("store")).stream()
                .filter(file -> file.getFileName().toString().contains(name))
                .max(Comparator.comparingLong(file -> file.toFile().length()))
                .orElseThrow();
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 0x10;
        Files.write(file, bytes);
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        }
    }
}
