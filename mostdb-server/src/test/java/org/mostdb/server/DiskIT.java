package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mostdb.faults.Await;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** A disk that fails or lies harms nobody but its own node, and that one only until it has copied from the others. */
class DiskIT {

    /** In the head of a journal's first record; between records are bytes that mean nothing. */
    private static final int FIRST_RECORD = 80;

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
        // More than one if it went on failing for longer than the node waits.
        assertTrue(setAside(node) >= 1);
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
        flip(largest(node, "journal-"), FIRST_RECORD);
        expectCopy(node, 1);

        node.kill();
        flip(largest(node, "MANIFEST-"), 20);
        expectCopy(node, 2);

        node.kill();
        Path current = node.dataFolder().resolve("store").resolve("CURRENT");
        Files.write(current, new byte[0]);
        expectCopy(node, 3);

        // A journal without its end may be that of a killed process; but the others remember that there was more.
        writeAll(cluster.node(1), "value");
        node.kill();
        cut(largest(node, "journal-"));
        startAndReadUntilCopied(node, 4);

        cluster.node(2).kill();
        assertAll(node, "value");
        assertEquals(0, setAside(cluster.node(1)) + setAside(cluster.node(2)), "the others are untouched");
    }

    @ParameterizedTest
    @ValueSource(strings = {"leveldbjni", "iq80"})
    void aFlippedOrCutTableOfOneMemberIsNeverAnsweredAndTheStoreIsCopiedAnew(String engine) throws Exception {
        ProcessCluster cluster =
                servers.cluster(3).with("MOSTDB_STORE_ENGINE", engine).start().awaitReady();
        ServerProcess node = cluster.node(3);
        writeAll(cluster.node(1), "value");
        makeTable(node);
        if (engine.equals("iq80")) {
            flip(largest(node, ".sst"), 1000);
        } else {
            cut(largest(node, ".sst"));
        }
        startAndReadUntilCopied(node, 1);

        cluster.node(2).kill();
        assertAll(node, "value");
        assertEquals(0, setAside(cluster.node(1)) + setAside(cluster.node(2)), "the others are untouched");
    }

    /** A start brings what is in the journal into LevelDB's log, and the next one makes a table of that. */
    private static void makeTable(ServerProcess node) {
        for (int start = 0; start < 2; start++) {
            node.kill();
            node.start().awaitReady();
        }
        node.kill();
    }

    /** It is found at the start, or when a block is read; until then, and after, no answer is wrong. */
    private static void startAndReadUntilCopied(ServerProcess node, int times) {
        node.start();
        Await.until("the node has recovered", PATIENCE, () -> {
            try (SeedClient client = new SeedClient(node)) {
                for (int i = 0; i < KEYS; i++) {
                    String answer = client.get("key" + i);
                    boolean isRefusal = answer.startsWith("{\"code\":503,") || answer.contains("NotMost");
                    assertTrue(isRefusal || answer.equals(SeedClient.found("key" + i, "value")), answer);
                }
            } catch (UncheckedIOException e) {
                return false; // it does not listen, while it begins its new life
            }
            return node.output().contains("recovery ends");
        });
        node.awaitReady();
        assertEquals(times, setAside(node), node::log);
    }

    @ParameterizedTest
    @ValueSource(strings = {"leveldbjni", "iq80"})
    void theOnlyMemberDoesNotServeADamagedStore(String engine) throws Exception {
        ServerProcess node =
                servers.node().with("MOSTDB_STORE_ENGINE", engine).start().awaitReady();
        writeAll(node, "value");
        node.kill();
        Path journal = largest(node, "journal-");
        byte[] whole = Files.readAllBytes(journal);
        flip(journal, FIRST_RECORD);
        assertEquals(1, node.start().awaitEnd());
        assertTrue(node.errors().contains("is corrupt: "), node::log);

        Files.write(journal, whole);
        makeTable(node);
        flip(largest(node, ".sst"), 1000);
        node.start();
        if (engine.equals("leveldbjni")) {
            node.awaitReady();
            try (SeedClient client = new SeedClient(node)) {
                for (int i = 0; i < KEYS; i++) {
                    String answer = client.get("key" + i);
                    boolean isRefusal = answer.startsWith("{\"code\":503,") || answer.contains("NotMost");
                    assertTrue(isRefusal || answer.equals(SeedClient.found("key" + i, "value")), answer);
                }
            }
            Await.until("it is found", PATIENCE, () -> node.output().contains("this is the only member"));
            node.kill();
            assertEquals(2, node.start().awaitEnd());
            assertTrue(node.errors().contains("bring a backup back, or delete "), node::log);
        } else {
            assertEquals(1, node.awaitEnd());
            assertTrue(node.errors().contains("is corrupt: "), node::log);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenStopsTheStart() throws Exception {
        Path disk = servers.folder().resolve("disk");
        Files.createDirectories(disk);
        assumeTrue(
                succeeds("mount", "-t", "tmpfs", "-o", "size=96m,ro", "tmpfs", disk.toString()),
                "a file system can't be mounted");
        try {
            ServerProcess node = servers.node().with("MOSTDB_STORE_ROOT", disk.toString());
            assertEquals(2, node.start().awaitEnd());
            assertTrue(node.errors().contains("Read-only file system"), node::log);
            assertTrue(node.errors().contains("it must be a folder that this user can write to"), node::log);
        } finally {
            assertTrue(succeeds("umount", "--lazy", disk.toString()));
        }
    }

    @Test
    void aDiskThatTurnsReadOnlyIsAFailedStore() throws Exception {
        Path disk = servers.folder().resolve("disk");
        Path image = servers.folder().resolve("image");
        Files.createDirectories(disk);
        try (RandomAccessFile room = new RandomAccessFile(image.toFile(), "rw")) {
            room.setLength(300 << 20);
        }
        assumeTrue(
                succeeds("mkfs.ext4", "-q", "-F", image.toString())
                        && succeeds("mount", "-o", "loop,errors=remount-ro", image.toString(), disk.toString()),
                "a file system can't be mounted");
        try {
            turnReadOnly(disk);
        } finally {
            assertTrue(succeeds("umount", "--lazy", disk.toString()));
        }
    }

    private void turnReadOnly(Path disk) throws Exception {
        Path device = Path.of(Files.getFileStore(disk).name()).getFileName();
        Path trigger = Path.of("/sys/fs/ext4").resolve(device).resolve("trigger_fs_error");
        assumeTrue(Files.exists(trigger), "the file system can't be told to fail");
        ProcessCluster cluster = servers.cluster(3).with("MOSTDB_DISK_RESERVE_MIB", "32");
        ServerProcess node =
                cluster.node(3).with("MOSTDB_STORE_ROOT", disk.resolve("data").toString());
        cluster.start().awaitReady();
        writeAll(cluster.node(1), "before");
        Files.writeString(trigger, "1");
        writeAll(cluster.node(1), "after");
        Await.until("the write has failed", PATIENCE, () -> node.output().contains("the store has failed"));
        try (SeedClient client = new SeedClient(node)) {
            assertTrue(client.get("key1").startsWith("{\"code\":503,"));
        }
        assertAll(cluster.node(2), "after");
        assertEquals(0, node.stop());
        assertEquals(2, node.start().awaitEnd());
        assertTrue(node.errors().contains("Read-only file system"), node::log);
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

    private static void cut(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--; // the native library sets room aside
        }
        Files.write(file, Arrays.copyOf(bytes, end * 2 / 3));
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
