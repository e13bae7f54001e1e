package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** What a node cannot be started with ends it with exit code 2 and one sentence that says what to change. */
class WrongStartIT {

    private static final int CANNOT_START = 2;

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void aMemberThatIsListedTwiceIsRefused() {
        ServerProcess node = servers.node();
        String other = "http://127.0.0.1:" + servers.freePort();
        node.with("MOSTDB_SERVER_URL", node.url().toString())
                .with("MOSTDB_CLUSTER_URLS", node.url() + ";" + other + ";" + other);

        assertRefused(node, "MOSTDB_CLUSTER_URLS", other);
    }

    @Test
    void aMemberThatIsListedUnderTwoNamesIsRefused() {
        ServerProcess node = servers.node();
        int port = servers.freePort();
        node.with("MOSTDB_SERVER_URL", node.url().toString())
                .with("MOSTDB_CLUSTER_URLS", node.url() + ";http://127.0.0.1:" + port + ";http://localhost:" + port);

        assertRefused(node, "MOSTDB_CLUSTER_URLS", "http://localhost:" + port);
    }

    @Test
    void aNodeThatListsItselfUnderASecondUrlIsRefused() {
        ServerProcess node = servers.node();
        String second = "http://localhost:" + node.port();
        node.with("MOSTDB_SERVER_URL", node.url().toString()).with("MOSTDB_CLUSTER_URLS", node.url() + ";" + second);

        assertRefused(node, "MOSTDB_CLUSTER_URLS", second);
    }

    @Test
    void aNodeThatListsItselfAsAnotherIsRefused() {
        ServerProcess node = servers.node();
        node.with("MOSTDB_CLUSTER_URLS", node.url().toString());

        assertRefused(node, "MOSTDB_CLUSTER_URLS", node.url().toString());
    }

    @Test
    void aMalformedUrlIsRefused() {
        for (String wrong : List.of("localhost:5379", "http://", "ftp://host:1", "http://host:99999", "http://a b:1")) {
            assertRefused(servers.node().with("MOSTDB_CLUSTER_URLS", wrong), "MOSTDB_CLUSTER_URLS", wrong);
        }
    }

    @Test
    void aSettingOutOfItsBoundsIsRefused() {
        assertRefused(servers.node().with("MOSTDB_SERVER_PORT", "66000"), "MOSTDB_SERVER_PORT", "66000", "65535");
        assertRefused(servers.node().with("MOSTDB_LOG_LEVEL", "LOUD"), "MOSTDB_LOG_LEVEL", "LOUD", "INFO");
        assertRefused(servers.node().with("MOSTDB_SERVER_PROT", "1"), "MOSTDB_SERVER_PROT", "MOSTDB_SERVER_PORT");
    }

    @Test
    void anEngineThatIsNotThereIsRefusedWithTheListOfThoseThatAre() {
        assertRefused(
                servers.node().with("MOSTDB_STORE_ENGINE", "granite"),
                "MOSTDB_STORE_ENGINE=granite",
                "iq80",
                "leveldbjni");
    }

    @Test
    void aPolicyThatIsNotThereIsRefusedWithTheListOfThoseThatAre() {
        assertRefused(
                servers.node().with("MOSTDB_REPLICATION_POLICY", "anarchy"),
                "MOSTDB_REPLICATION_POLICY=anarchy",
                "majority");
    }

    @Test
    void aPortThatIsInUseIsRefused() throws IOException {
        ServerProcess node = servers.node();
        try (ServerSocket taken = new ServerSocket(node.port())) {
            assertRefused(node, "MOSTDB_SERVER_PORT", Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsRefused() throws IOException {
        // A file in the way stops every user; permissions do not stop root.
        Path file = Files.createFile(servers.folder().resolve("file"));
        Path wrong = file.resolve("data");

        assertRefused(
                servers.node().with("MOSTDB_STORE_ROOT", wrong.toString()), "MOSTDB_STORE_ROOT", wrong.toString());
    }

    @Test
    void aFolderThatIsNoDataFolderIsRefusedAndLeftAlone() throws IOException {
        ServerProcess node = servers.node();
        Files.createDirectories(node.dataFolder());
        Path letter = Files.writeString(node.dataFolder().resolve("letter.txt"), "dear reader");

        assertRefused(node, node.dataFolder().toString(), "letter.txt");

        assertEquals("dear reader", Files.readString(letter));
    }

    @Test
    void aFolderThatAnotherNodeHoldsIsRefused() {
        ServerProcess first = servers.node().start().awaitReady();
        ServerProcess second =
                servers.node().with("MOSTDB_STORE_ROOT", first.dataFolder().toString());

        assertRefused(second, first.dataFolder().toString());

        try (SeedClient client = new SeedClient(first)) {
            assertEquals(SeedClient.SUCCESS, client.set("still", "here"));
        }
    }

    @Test
    void aFolderOfAnotherFormatOrPolicyIsRefused() throws IOException {
        ServerProcess node = servers.node().start().awaitReady();
        assertEquals(0, node.stop());
        Path marker = node.dataFolder().resolve("mostdb.properties");
        String written = Files.readString(marker);

        Files.writeString(marker, written.replaceAll("format=.*", "format=clay-tablet"));
        assertRefused(node, node.dataFolder().toString(), "clay-tablet");

        Files.writeString(marker, written.replaceAll("policy=.*", "policy=raft"));
        assertRefused(node, node.dataFolder().toString(), "MOSTDB_REPLICATION_POLICY=raft");

        Files.writeString(marker, written);
        node.start().awaitReady();
    }

    static void assertRefused(ServerProcess node, String... named) {
        int exitCode = node.start().awaitEnd();
        String told = node.output() + node.errors();
        assertEquals(CANNOT_START, exitCode, told);
        for (String name : named) {
            assertTrue(told.contains(name), () -> "should name " + name + ": " + told);
        }
        assertFalse(told.contains("Exception") || told.contains("\tat "), told);
        List<String> reasons = told.lines()
                .filter(line -> !line.matches("\\S+ (INFO|WARN) .*"))
                .filter(line -> !line.isBlank())
                .toList();
        assertEquals(1, reasons.size(), () -> "should be one sentence: " + told);
    }
}
