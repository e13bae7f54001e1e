package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

class OneNodeIT {

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void whatWasSetIsReadDeletedAndStillSoAfterARestart() {
        ServerProcess node = servers.node().start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.NOT_FOUND, client.get("ping"));
            assertEquals(SeedClient.SUCCESS, client.set("ping", "pong"));
            assertEquals(SeedClient.found("ping", "pong"), client.get("ping"));
            assertEquals(SeedClient.SUCCESS, client.set("kept", "1"));
            assertEquals(SeedClient.SUCCESS, client.set("kept", "2"));
            assertEquals(SeedClient.SUCCESS, client.delete("ping"));
            assertEquals(SeedClient.SUCCESS, client.delete("never set"));
            assertEquals(SeedClient.NOT_FOUND, client.get("ping"));

            assertEquals(0, node.stop());
            node.start().awaitReady();

            assertEquals(SeedClient.found("kept", "2"), client.get("kept"));
            assertEquals(SeedClient.NOT_FOUND, client.get("ping"));
        }
    }

    @Test
    void anyUnicodeTextIsKeptAndTheEmptyValueToo() {
        ServerProcess node = servers.node().start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.SUCCESS, client.set("schlüssel 鍵 🔑", "wert 値 💎"));
            assertEquals(SeedClient.found("schlüssel 鍵 🔑", "wert 値 💎"), client.get("schlüssel 鍵 🔑"));
            assertEquals(SeedClient.SUCCESS, client.set("empty", ""));
            assertEquals(SeedClient.found("empty", ""), client.get("empty"));
            assertEquals(SeedClient.SUCCESS, client.set("quoted", "a \\\" \\\\ b"));
            assertEquals(SeedClient.found("quoted", "a \\\" \\\\ b"), client.get("quoted"));
        }
    }

    @Test
    void itsLogIsShortTellsWhereTheDataIsFirstAndOfNoTrouble() {
        ServerProcess node = servers.node().start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            for (int i = 0; i < 100; i++) {
                assertEquals(SeedClient.SUCCESS, client.set("key" + i, "value"));
            }
        }
        assertEquals(0, node.stop());

        List<String> lines = node.output().lines().toList();
        assertTrue(lines.getFirst().contains(node.dataFolder().toString()), node.output());
        assertTrue(lines.size() < 20, node.output());
        assertEquals(List.of(), node.troubles());
    }

    @Test
    void itTakesNoSettingsFromAFileThatHelidonWouldFind() throws IOException {
        ServerProcess node = servers.node();
        Path inWorkingFolder = node.dataFolder().resolveSibling("application.properties");
        Files.writeString(inWorkingFolder, "metrics.enabled=false");
        node.start().awaitReady();

        String page;
        try (InputStream answer = node.url().resolve("/metrics").toURL().openStream()) {
            page = new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }

        assertTrue(page.contains("mostdb_connections"), page);
    }
}
