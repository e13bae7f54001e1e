package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.UnsupportedByPolicyException;
import org.mostdb.faults.Await;

class ReformTest {

    @TempDir
    private Path folder;

    private final StringWriter told = new StringWriter();

    private Map<String, String> environment(String root) {
        Map<String, String> environment = new TreeMap<>();
        environment.put("MOSTDB_STORE_ROOT", folder.resolve(root).toString());
        environment.put("MOSTDB_SERVER_PORT", "0");
        return environment;
    }

    /** A store on which a node was once ready. */
    private void startOnce(String root) {
        Map<String, String> environment = environment(root);
        try (Node node = Node.start(Settings.of(environment), environment, reason -> {}, reason -> {}, reason -> {});
                HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/health/ready"))
                    .build();
            Await.until("the node is ready", Duration.ofSeconds(60), () -> isOk(http, ready));
        }
    }

    private static boolean isOk(HttpClient http, HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode() / 100 == 2;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private NewCluster.Outcome reform(String root, List<Path> named, Supplier<String> answer) {
        Map<String, String> environment = environment(root);
        try (Reform reform = new Reform(Settings.of(environment), environment)) {
            return reform.run(named, new PrintWriter(told, true), answer);
        }
    }

    private List<String> filesOf(String root) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(root))) {
            return files.map(file -> file.getFileName().toString().replaceAll("aside-.*", "aside"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void withoutYesNothingIsChanged() throws IOException {
        startOnce("a");
        List<String> before = filesOf("a");

        assertEquals(NewCluster.Outcome.DECLINED, reform("a", List.of(), () -> "y"));

        assertEquals(before, filesOf("a"));
        assertTrue(told.toString().endsWith("Nothing was changed.\n"), told.toString());
    }

    @Test
    void withYesTheStoreIsReplacedAndTheOneOfBeforeSetAsideAndItMayBeRunAgain() throws IOException {
        startOnce("a");

        assertEquals(NewCluster.Outcome.DONE, reform("a", List.of(), () -> "yes"));

        assertEquals(List.of("lock", "mostdb.properties", "store", "store-set-aside"), filesOf("a"));
        assertTrue(told.toString().contains("Next: start this node."), told.toString());
        assertTrue(told.toString().contains(" is set aside, and a new one takes its place."), told.toString());
        assertTrue(told.toString().contains("The store of before is "), told.toString());
        startOnce("a");
        assertEquals(NewCluster.Outcome.DONE, reform("a", List.of(), () -> "yes"));
        startOnce("a");
    }

    @Test
    void aDataFolderOrAStoreSetAsideCanBeNamedForAMachineWithoutAny() throws IOException {
        startOnce("a");
        reform("a", List.of(), () -> "yes");
        Path setAside;
        try (Stream<Path> files = Files.list(folder.resolve("a"))) {
            setAside = files.filter(file -> file.getFileName().toString().startsWith("store-set-aside"))
                    .findFirst()
                    .orElseThrow();
        }

        told.getBuffer().setLength(0);
        assertEquals(NewCluster.Outcome.DONE, reform("b", List.of(setAside), () -> "yes"));
        assertFalse(told.toString().contains("The store of before is "), told.toString());
        assertFalse(told.toString().contains("is set aside, and"), told.toString());
        assertEquals(
                NewCluster.Outcome.DONE,
                reform("c", List.of(folder.resolve("a"), folder.resolve("a/store")), () -> "yes"));

        assertEquals(List.of("lock", "mostdb.properties", "store"), filesOf("b"));
        assertEquals(List.of("lock", "mostdb.properties", "store"), filesOf("c"));
    }

    @Test
    void aRunningNodeKeepsItsStore() {
        Map<String, String> environment = environment("a");
        try (Node node = Node.start(Settings.of(environment), environment, reason -> {}, reason -> {}, reason -> {})) {
            assertTrue(node.port() > 0);
            String sentence = refusal("a", List.of());
            assertTrue(sentence.contains("is in use by another node: stop that one"), sentence);
            sentence = refusal("b", List.of(folder.resolve("a")));
            assertTrue(sentence.contains("is in use by another node: stop that one"), sentence);
        }
    }

    @Test
    void whatHoldsNoStoreIsRefused() throws IOException {
        assertTrue(refusal("a", List.of()).contains("There is no store in"));
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertTrue(refusal("a", List.of(empty)).contains("holds no store"));
        assertTrue(refusal("a", List.of(folder.resolve("none"))).contains("does not exist"));
        assertEquals(List.of(), filesOf("empty"));
    }

    private String refusal(String root, List<Path> named) {
        return String.valueOf(assertThrows(StartRefusedException.class, () -> reform(root, named, () -> "yes"))
                .getMessage());
    }

    @Test
    void aStoreOfNoClusterIsRefused() {
        startOnce("alone");
        Map<String, String> environment = environment("unformed");
        environment.put("MOSTDB_CLUSTER_URLS", "http://127.0.0.1:1;http://127.0.0.1:2");
        Node.start(Settings.of(environment), environment, reason -> {}, reason -> {}, reason -> {})
                .close();

        assertThrows(InvalidRequestException.class, () -> reform("unformed", List.of(), () -> "yes"));
    }

    @Test
    void anExchangeThatACrashInterruptedIsFinishedByWhoComesNext() throws IOException {
        startOnce("a");
        Path root = folder.resolve("a");
        Path fresh = Files.createDirectory(root.resolve("store-reformed"));
        Files.writeString(fresh.resolve("new"), "");

        open(root).close();
        assertEquals(List.of("lock", "mostdb.properties", "store", "store-set-aside"), filesOf("a"));
        assertTrue(Files.exists(root.resolve("store/new")));

        // Interrupted after the store of before was set aside.
        Files.move(root.resolve("store"), root.resolve("store-reformed"));
        open(root).close();
        assertTrue(Files.exists(root.resolve("store/new")));
    }

    @Test
    void anAttemptThatACrashEndedBeforeLeavesTheStoreAndIsForgotten() throws IOException {
        startOnce("a");
        Path half = Files.createDirectory(folder.resolve("a/store-reforming"));
        Files.writeString(half.resolve("half"), "");

        startOnce("a");
        assertEquals(NewCluster.Outcome.DONE, reform("a", List.of(), () -> "yes"));

        assertFalse(Files.exists(half));
        assertFalse(Files.exists(folder.resolve("a/store/half")));
    }

    @Test
    void aPolicyThatCannotSaysSo() {
        assertThrows(
                UnsupportedByPolicyException.class, () -> new InMemoryPolicyProvider().reform(new LinkedHashMap<>()));
    }

    private static StoreDirectory open(Path root) {
        return StoreDirectory.open(root, "leveldb", "majority", format -> List.of());
    }
}
