package org.mostdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.mostdb.load.LoadResult.Stage;

class LoadRunTest {

    private static final int READS_ONLY = 100;

    @Test
    void withARateEveryRequestThatWasDueDuringAStallIsAsLateAsItsClientWouldHaveSeen() throws Exception {
        Duration stall = Duration.ofSeconds(1);
        AtomicBoolean isFirst = new AtomicBoolean(true);
        try (StubNode node = new StubNode((head, body) -> {
            if (isFirst.getAndSet(false)) {
                assertFalse(new CountDownLatch(1).await(stall.toMillis(), TimeUnit.MILLISECONDS));
            }
            return StubNode.ok(StubNode.SUCCESS);
        })) {
            LoadPlan plan = plan(1, 2_000, OptionalDouble.of(1_000), READS_ONLY, false, node);

            Tally.Row gets = LoadRun.of(plan, Progress.NONE, () -> false)
                    .measured()
                    .tally()
                    .row(Operation.GET);

            assertEquals(2_000, gets.answered());
            // The stall began when the first request was due, at the earliest. What was due in its first half waited
            // for the other half at least.
            long late =
                    gets.latencies.getCountBetweenValues(stall.dividedBy(2).toNanos(), gets.latencies.getMaxValue());
            assertTrue(late >= 490, "so many were late: " + late);
            assertTrue(gets.latencies.getValueAtPercentile(80)
                    >= stall.dividedBy(2).toNanos());
        }
    }

    @Test
    void eachKindOfAnswerIsCountedApart() throws Exception {
        List<String> answers = List.of(
                StubNode.ok(StubNode.SUCCESS),
                StubNode.ok(StubNode.NOT_FOUND),
                StubNode.ok(StubNode.NOT_MOST),
                StubNode.answer("503 Service Unavailable", "{}"),
                StubNode.ok("<html>"));
        AtomicInteger next = new AtomicInteger();
        try (StubNode node = new StubNode((head, body) -> answers.get(next.getAndIncrement() % answers.size()))) {
            LoadPlan plan = plan(1, 50, OptionalDouble.empty(), READS_ONLY, false, node);

            LoadResult result = LoadRun.of(plan, Progress.NONE, () -> false);

            Tally.Row gets = result.measured().tally().row(Operation.GET);
            assertEquals(20, gets.answered());
            assertEquals(10, gets.notFound);
            assertEquals(Map.of("NotMost", 10L, "HTTP 503", 10L, "an answer of another API", 10L), gets.errors);
            assertFalse(result.isWithoutErrors());
        }
    }

    @Test
    void connectionsThatAreCutAreMadeAnewAndTheRunGoesOn() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        List<StubNode> self = new ArrayList<>();
        try (StubNode node = new StubNode((head, body) -> {
            if (asked.incrementAndGet() == 300) {
                restart(self.getFirst());
            }
            return StubNode.ok(StubNode.SUCCESS);
        })) {
            self.add(node);
            LoadPlan plan = plan(4, 1_000, OptionalDouble.empty(), 50, false, node);

            LoadResult result = LoadRun.of(plan, Progress.NONE, () -> false);

            Tally.Row total = result.measured().tally().total();
            assertEquals(1_000, total.answered() + failed(result, Operation.SET) + failed(result, Operation.GET));
            assertTrue(total.errors.getOrDefault("connection lost", 0L) > 0, total.errors.toString());
            assertTrue(total.answered() > 300, "answered: " + total.answered());
        }
    }

    @Test
    void aPreloadSetsEachKeyOnceBeforeAllElse() throws Exception {
        List<String> bodies = Collections.synchronizedList(new ArrayList<>());
        try (StubNode node = new StubNode((head, body) -> {
            bodies.add(head.lines().findFirst().orElseThrow() + " "
                    + body.replaceAll(",\"value\":\"[A-Za-z0-9]{9}\"", ""));
            return StubNode.ok(StubNode.SUCCESS);
        })) {
            LoadPlan plan = plan(4, 40, OptionalDouble.empty(), READS_ONLY, true, node);

            LoadResult result = LoadRun.of(plan, Progress.NONE, () -> false);

            int keys = plan.keys().count();
            assertEquals(keys + 40, bodies.size());
            Set<String> set = ConcurrentHashMap.newKeySet();
            set.addAll(bodies.subList(0, keys));
            for (int key = 1; key <= keys; key++) {
                assertTrue(
                        set.contains("POST /mostdb/set HTTP/1.1 {\"key\":\"k" + key + "\"}"), "k" + key + " in " + set);
            }
            Stage preload = result.preload().orElseThrow();
            assertEquals(keys, preload.tally().row(Operation.SET).answered());
            assertEquals(40, result.measured().tally().row(Operation.GET).answered());
            assertTrue(result.isWithoutErrors());
        }
    }

    @Test
    void connectionsAreSpreadOverTheNodes() throws Exception {
        AtomicInteger first = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        try (StubNode one = new StubNode((head, body) -> counted(first));
                StubNode two = new StubNode((head, body) -> counted(second))) {
            LoadRun.of(
                    plan(4, 1_000, OptionalDouble.of(2_000), READS_ONLY, false, one, two), Progress.NONE, () -> false);
        }
        assertEquals(1_000, first.get() + second.get());
        assertTrue(first.get() > 0 && second.get() > 0, first + " and " + second);
    }

    @Test
    void anAnswerThatDoesNotComeIsGivenUpAndWhatIsDueMeanwhileTimesOutToo() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (StubNode node = new StubNode((head, body) -> {
            never.await();
            return "";
        })) {
            LoadResult result = LoadRun.of(
                    plan(2, 10, OptionalDouble.of(10_000), READS_ONLY, false, node), Progress.NONE, () -> false);

            Tally.Row total = result.measured().tally().total();
            assertEquals(0, total.answered());
            assertEquals(10, total.failed());
            assertTrue(total.errors.getOrDefault("no answer in 2s", 0L) >= 2, total.errors.toString());
        }
    }

    private static String counted(AtomicInteger count) {
        count.incrementAndGet();
        return StubNode.ok(StubNode.SUCCESS);
    }

    private static void restart(StubNode node) throws InterruptedException {
        try {
            node.restart();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long failed(LoadResult result, Operation operation) {
        return result.measured().tally().row(operation).failed();
    }

    private static LoadPlan plan(
            int connections, long requests, OptionalDouble rate, int reads, boolean preload, StubNode... nodes) {
        return new LoadPlan(
                Arrays.stream(nodes)
                        .map(node -> Target.of(node.url(), "/mostdb"))
                        .toList(),
                connections,
                Math.min(2, connections),
                Duration.ofSeconds(1),
                OptionalLong.of(requests),
                Duration.ZERO,
                reads,
                0,
                new KeyDistribution(50, 0),
                9,
                rate,
                Duration.ofSeconds(2),
                Optional.empty(),
                7,
                preload);
    }
}
