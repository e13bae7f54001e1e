package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Scan;
import org.mostdb.testkit.MemoryScan;

/** {@code ./mostdb backup} and the page that it asks, with a policy that gives what a test wants. */
class BackupPageTest {

    private static final int CELLS = 2000;
    private static final int REFUSED = 2;
    private static final int FAILED = 1;

    @TempDir
    private Path folder;

    private final TreeMap<Bytes, Bytes> cells = new TreeMap<>();
    private final StringWriter told = new StringWriter();

    @BeforeEach
    void thePolicyGivesCells() {
        for (int i = 0; i < CELLS; i++) {
            cells.put(Bytes.utf8("key " + i), Bytes.utf8("value " + i + " ".repeat(500)));
        }
        give(new MemoryScan(cells));
    }

    private static void give(Scan scan) {
        InMemoryPolicyProvider.backup(Optional.of(() -> new Backup(Map.of("cluster", "c1"), scan)));
    }

    @AfterEach
    void thePolicyGivesNone() {
        InMemoryPolicyProvider.backup(Optional.empty());
    }

    private RunningNode node(String... settings) {
        return RunningNode.start(folder.resolve("data"), settings);
    }

    private int run(Map<String, String> environment, String... arguments) {
        PrintWriter writer = new PrintWriter(told, true);
        return Commands.run(List.of(arguments), environment, writer, writer);
    }

    private int backup(RunningNode node, Map<String, String> environment) {
        return run(environment, "backup", "--to", file().toString(), "--node", "http://localhost:" + node.port());
    }

    private Path file() {
        return folder.resolve("a.backup");
    }

    private List<String> backups() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.contains(".backup"))
                    .toList();
        }
    }

    @Test
    void aBackupIsAFileThatIsVerifiedAndHoldsAllCells() throws IOException {
        try (RunningNode node = node()) {
            assertEquals(0, backup(node, Map.of()), told::toString);
        }
        assertEquals(List.of("a.backup"), backups());
        assertTrue(told.toString().contains("2000 cells"), told.toString());
        assertEquals(0, run(Map.of(), "restore", "--check", file().toString()));
        assertTrue(told.toString().contains("is whole: 2000 cells"), told.toString());
        assertTrue(told.toString().contains("policy memory"), told.toString());
    }

    @Test
    void oneAtATime() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        give(new OtherScan(cells) {
            @Override
            public boolean next() {
                begun.countDown();
                await(goOn);
                return super.next();
            }
        });
        try (RunningNode node = node();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> first = executor.submit(() -> backup(node, Map.of()));
            await(begun);
            assertTrue(node.get("/v1/backup").startsWith("409 "), "a second one");
            goOn.countDown();
            assertEquals(0, first.get(), told::toString);
            give(new MemoryScan(cells));
            assertTrue(node.get("/v1/backup").startsWith("200 "), "one after it");
        }
    }

    @Test
    void theApiKeyIsAskedForAndSent() throws IOException {
        Map<String, String> key = Map.of("MOSTDB_API_KEY_ENABLE", "true", "MOSTDB_API_KEY_VALUE", "open-sesame");
        try (RunningNode node = node("MOSTDB_API_KEY_ENABLE", "true", "MOSTDB_API_KEY_VALUE", "open-sesame")) {
            assertEquals(REFUSED, backup(node, Map.of()));
            assertTrue(told.toString().contains("asks for its API key: set MOSTDB_API_KEY_ENABLE"), told.toString());
            assertEquals(
                    REFUSED,
                    backup(node, Map.of("MOSTDB_API_KEY_ENABLE", "true", "MOSTDB_API_KEY_VALUE", "open-barley")));
            assertTrue(told.toString().contains("does not take this API key: MOSTDB_API_KEY_NAME"), told.toString());
            assertEquals(List.of(), backups());
            assertEquals(0, backup(node, key), told::toString);
        }
        assertFalse(told.toString().contains("open-sesame"));
    }

    @Test
    void aStoreThatCannotBeReadToItsEndMakesNoBackup() throws IOException {
        List<Integer> steps = new ArrayList<>();
        give(new OtherScan(cells) {
            @Override
            public boolean next() {
                steps.add(1);
                if (steps.size() > CELLS / 2) {
                    throw new StorageException("the disk is broken");
                }
                return super.next();
            }
        });
        try (RunningNode node = node()) {
            assertEquals(FAILED, backup(node, Map.of()));
            assertEquals(List.of(), backups());
            give(new MemoryScan(cells));
            assertEquals(0, backup(node, Map.of()), told::toString);
        }
    }

    @Test
    void whatANodeSaysOfARefusalIsTold() {
        InMemoryPolicyProvider.backup(Optional.of(() -> {
            throw new StorageException("this node is still copying");
        }));
        try (RunningNode node = node()) {
            assertEquals(FAILED, backup(node, Map.of()));
            assertTrue(told.toString().contains("gives no backup: this node is still copying"), told.toString());
            InMemoryPolicyProvider.backup(Optional.empty());
            assertTrue(node.get("/v1/backup").startsWith("501 "));
            assertTrue(node.post("/v1/backup", "").startsWith("405 "));
        }
    }

    @Test
    void aStopDoesNotWaitForABackupThatNobodyReads() throws IOException {
        CountDownLatch closed = new CountDownLatch(1);
        give(new OtherScan(cells) {
            private int left = 1_000_000;

            @Override
            public boolean next() {
                return left-- > 0;
            }

            @Override
            public byte[] key() {
                return ("key " + (2_000_000 - left)).getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public byte[] value() {
                return new byte[1000];
            }

            @Override
            public void close() {
                closed.countDown();
            }
        });
        try (RunningNode node = node();
                java.net.Socket socket = new java.net.Socket("localhost", node.port())) {
            socket.getOutputStream()
                    .write("GET /v1/backup HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            assertEquals('H', socket.getInputStream().read());
            node.node().close();
            await(closed);
        }
    }

    @Test
    void aFileThatExistsIsKeptAndAnAddressWithoutANodeIsTold() throws IOException {
        Files.writeString(file(), "precious");
        assertEquals(REFUSED, run(Map.of(), "backup", "--to", file().toString()));
        assertTrue(told.toString().contains("exists: name a new file"), told.toString());
        assertEquals("precious", Files.readString(file()));
        Files.delete(file());
        assertEquals(FAILED, run(Map.of(), "backup", "--to", file().toString(), "--node", "http://127.0.0.1:1"));
        assertTrue(told.toString().contains("can't be asked"), told.toString());
        assertEquals(REFUSED, run(Map.of(), "backup", "--to", file().toString(), "--node", "nowhere"));
        assertEquals(REFUSED, run(Map.of(), "backup", "--to", "/nowhere/at/all"));
        assertEquals(REFUSED, run(Map.of(), "backup", "--nod", "http://127.0.0.1:1"));
        assertTrue(told.toString().contains("mostdb backup does not know --nod"), told.toString());
        assertEquals(List.of(), backups());
    }

    @Test
    void aDamagedFileIsRefusedBeforeAnythingIsChanged() throws IOException {
        try (RunningNode node = node()) {
            assertEquals(0, backup(node, Map.of()), told::toString);
        }
        byte[] whole = Files.readAllBytes(file());
        whole[whole.length / 2] ^= 1;
        Files.write(file(), whole);
        Path root = folder.resolve("restored");
        Map<String, String> environment = Map.of("MOSTDB_STORE_ROOT", root.toString());

        assertEquals(FAILED, run(environment, "restore", "--yes", file().toString()));
        assertTrue(told.toString().contains("is damaged before byte"), told.toString());
        assertEquals(
                REFUSED,
                run(environment, "restore", "--yes", folder.resolve("none").toString()));
        assertEquals(List.of(), contents(root.resolve("store")));
        assertFalse(Files.exists(root.resolve("store-reforming")));
    }

    @Test
    void aBackupOfAnotherPolicyIsRefused() throws IOException {
        try (RunningNode node = node()) {
            assertEquals(0, backup(node, Map.of()), told::toString);
        }
        Map<String, String> environment =
                Map.of("MOSTDB_STORE_ROOT", folder.resolve("restored").toString());
        assertEquals(REFUSED, run(environment, "restore", "--yes", file().toString()));
        assertTrue(told.toString().contains("MOSTDB_REPLICATION_POLICY=memory"), told.toString());
        assertThrows(
                org.mostdb.api.UnsupportedByPolicyException.class,
                () -> new InMemoryPolicyProvider().restore(new java.util.LinkedHashMap<>()));
    }

    private static List<Path> contents(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For a test to change. */
    private static class OtherScan implements Scan {

        private final MemoryScan scan;

        private OtherScan(SortedMap<Bytes, Bytes> cells) {
            scan = new MemoryScan(cells);
        }

        @Override
        public boolean next() {
            return scan.next();
        }

        @Override
        public byte[] key() {
            return scan.key();
        }

        @Override
        public byte[] value() {
            return scan.value();
        }

        @Override
        public void close() {
            scan.close();
        }
    }
}
