package org.mostdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.faults.Await;
import org.mostdb.faults.FreePorts;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** Against servers as they ship. */
class LoadIT {

    private static final Path JAR = Path.of("..", "mostdb-server", "target", "mostdb-server.jar")
            .toAbsolutePath()
            .normalize();

    @TempDir
    Path folder;

    private final FreePorts ports = new FreePorts();
    private final List<ServerProcess> nodes = new ArrayList<>();

    @AfterEach
    void end() {
        nodes.forEach(ServerProcess::close);
    }

    @Test
    void aNodeIsReadWrittenAndDeletedFromWithoutAnError() throws Exception {
        ServerProcess node = node().with("MOSTDB_CONTEXT_PATH", "/kv").start().awaitReady();
        LoadPlan plan = plan(2_000, OptionalDouble.empty(), 40, 20, Target.of(node.url() + "/kv", "/mostdb"));

        LoadResult result = LoadRun.of(plan, Progress.NONE, () -> false);

        assertTrue(
                result.isWithoutErrors(),
                () -> result.measured().tally().total().errors.toString());
        assertEquals(2_000, result.measured().tally().total().answered());
        for (Operation operation : Operation.values()) {
            assertTrue(result.measured().tally().row(operation).answered() > 0, operation.word());
        }
    }

    @Test
    void whatWasPreloadedIsFoundAndHasTheSizeThatWasAskedFor() throws Exception {
        ServerProcess node = node().start().awaitReady();
        LoadPlan plan =
                plan(500, OptionalDouble.empty(), 100, 0, Target.of(node.url().toString(), "/mostdb"));

        LoadResult result = LoadRun.of(plan, Progress.NONE, () -> false);

        assertTrue(
                result.isWithoutErrors(),
                () -> result.measured().tally().total().errors.toString());
        assertEquals(0, result.measured().tally().row(Operation.GET).notFound);
        try (SeedClient client = new SeedClient(node)) {
            String answer = client.get("k" + plan.keys().count());
            assertTrue(answer.matches(".*\"value\":\"[A-Za-z0-9]{" + plan.valueBytes() + "}\".*"), answer);
        }
    }

    @Test
    void aNodeThatIsKilledDuringARunCostsItsOwnRequestsOnly() throws Exception {
        ServerProcess stays = node().start();
        ServerProcess dies = node().start();
        stays.awaitReady();
        dies.awaitReady();
        LoadPlan plan = plan(
                3_000,
                OptionalDouble.of(1_000),
                50,
                0,
                Target.of(stays.url().toString(), "/mostdb"),
                Target.of(dies.url().toString(), "/mostdb"));

        LoadResult result = LoadRun.of(plan, new KillOnceUnderLoad(dies), () -> false);

        Tally tally = result.measured().tally();
        Tally.Row total = tally.total();
        assertTrue(!dies.isAlive(), "the run was over before the kill");
        assertEquals(
                3_000,
                total.answered()
                        + tally.row(Operation.SET).failed()
                        + tally.row(Operation.GET).failed());
        assertTrue(tally.failuresElsewhere().getOrDefault("connection refused", 0L) > 0, total.errors.toString());
    }

    @Test
    void aSignalEndsARunEarlyAndWhatWasMeasuredByThenIsTold() throws Exception {
        ServerProcess node = node().start().awaitReady();
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        Path.of("target", "mostdb-bench.jar").toAbsolutePath().toString(),
                        "load",
                        "--warmup=0s",
                        "--duration=1h",
                        "--keys=1",
                        "--reads=0",
                        "--json",
                        node.url().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (SeedClient client = new SeedClient(node)) {
            Await.until(
                    "a key is set by the tool",
                    Duration.ofSeconds(60),
                    () -> client.get("k1").contains("\"success\":true"));

            tool.toHandle().destroy(); // the process itself would close its streams, too

            String told = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(told.matches("(?s)\\{.*\"seconds\".*\\}\\s*"), told);
            assertTrue(tool.waitFor(10, TimeUnit.SECONDS), "it goes on");
        } finally {
            tool.destroyForcibly();
        }
    }

    /** What the run tells is the moment that a test can act at. */
    private record KillOnceUnderLoad(ServerProcess node) implements Progress {

        @Override
        public void begin(String name, Optional<Duration> planned, long answered) {
            if (name.equals("load")) {
                node.killSoon();
            }
        }

        @Override
        public void show(long answered, long failed) {}

        @Override
        public void end() {}
    }

    private ServerProcess node() throws Exception {
        Path own = Files.createDirectory(folder.resolve("node-" + nodes.size()));
        ServerProcess node = new ServerProcess(JAR, own, ports.next());
        nodes.add(node);
        return node;
    }

    private static LoadPlan plan(long requests, OptionalDouble rate, int reads, int deletes, Target... targets) {
        return new LoadPlan(
                List.of(targets),
                8,
                1,
                Duration.ofSeconds(1),
                OptionalLong.of(requests),
                Duration.ZERO,
                reads,
                deletes,
                new KeyDistribution(300, 0.99),
                1_000,
                rate,
                Duration.ofSeconds(10),
                Optional.empty(),
                7,
                true);
    }
}
