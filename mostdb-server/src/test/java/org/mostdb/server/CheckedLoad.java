package org.mostdb.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.History;
import org.mostdb.testkit.HistoryLines;
import org.mostdb.testkit.LinearizabilityChecker;
import org.mostdb.testkit.LinearizabilityChecker.Violation;
import org.mostdb.testkit.SeededRandom;

/**
 * Clients that write, delete and read the same few keys at every node of a cluster while things happen to its nodes,
 * and keep the history: in the end it must be linearizable. A client whose node does not answer goes on trying.
 *
 * <p>Once some dozens of operations were asked of each key, the clients turn to new keys, and only read the former ones
 * from then on, now and then, and in the end at every node. A later write would explain away that the one before it was
 * lost; what is only read cannot be lost unseen. And short histories of many keys are quickly judged.
 */
final class CheckedLoad implements AutoCloseable {

    private static final int CLIENTS_PER_NODE = 2;
    private static final int KEYS_AT_A_TIME = 5;
    private static final int OPERATIONS_PER_KEY = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The build keeps the logs of failed tests here. */
    private static final Path REPORTS = Path.of("target", "failsafe-reports");

    private final ProcessCluster cluster;
    private final History history = new History();
    private final Object historyLock = new Object();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicIntegerArray succeededAt;
    private final AtomicBoolean over = new AtomicBoolean();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> clients = new ArrayList<>();

    private CheckedLoad(ProcessCluster cluster) {
        this.cluster = cluster;
        this.succeededAt = new AtomicIntegerArray(cluster.nodes().size() + 1);
    }

    /** Begins; the nodes need not run. */
    static CheckedLoad on(ProcessCluster cluster) {
        CheckedLoad load = new CheckedLoad(cluster);
        for (int node = 1; node <= cluster.nodes().size(); node++) {
            for (int i = 0; i < CLIENTS_PER_NODE; i++) {
                Client client = load.new Client(load.clients.size() + 1, node);
                load.clients.add(load.executor.submit(client::askUntilOver));
            }
        }
        return load;
    }

    /** Waits until so many more operations have succeeded at each of some nodes, which are given by their numbers. */
    void awaitMore(int operations, int... nodes) {
        int[] before = Arrays.stream(nodes).map(succeededAt::get).toArray();
        Await.until(operations + " more operations succeed at each of " + Arrays.toString(nodes), PATIENCE, () -> {
            for (int i = 0; i < nodes.length; i++) {
                if (succeededAt.get(nodes[i]) < before[i] + operations) {
                    return false;
                }
            }
            return true;
        });
    }

    /**
     * Ends the load, reads every key at every node, which must all run now, and judges the history. One that is not
     * linearizable is kept in a file.
     *
     * @return how many operations were judged
     */
    int endAndCheck() throws InterruptedException {
        end();
        for (int node = 1; node <= cluster.nodes().size(); node++) {
            try (Client reader = new Client(clients.size() + node, node)) {
                reader.readAll();
            }
        }
        Optional<Violation> violation = LinearizabilityChecker.check(history);
        if (violation.isPresent()) {
            throw new AssertionError(violation.get() + "\nall of it is in " + keepHistory());
        }
        return history.operations().size();
    }

    private void end() throws InterruptedException {
        over.set(true);
        for (Future<?> client : clients) {
            try {
                client.get();
            } catch (ExecutionException e) {
                throw new AssertionError("a client ended early", e.getCause());
            }
        }
    }

    private Path keepHistory() {
        Path file = REPORTS.resolve("history-" + Instant.now().toEpochMilli() + ".jsonl");
        try {
            Files.createDirectories(REPORTS);
            return Files.write(file, HistoryLines.write(history)).toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the load if it still goes on. */
    @Override
    public void close() {
        over.set(true);
        executor.close();
    }

    private int era() {
        return asked.get() / (KEYS_AT_A_TIME * OPERATIONS_PER_KEY);
    }

    private static String key(int number) {
        return "checked" + number;
    }

    private final class Client implements AutoCloseable {

        private final int number;
        private final int node;
        private final SeedClient http;
        private final RandomGenerator random;
        private int writes;

        private Client(int number, int node) {
            this.number = number;
            this.node = node;
            this.http = new SeedClient(cluster.node(node));
            this.random = new SeededRandom(number);
        }

        private void askUntilOver() {
            try (this) {
                while (!over.get()) {
                    boolean succeeded = succeeds(nextCall());
                    int pauseMillis = succeeded ? random.nextInt(20) : 50;
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMillis));
                }
            }
        }

        private Call nextCall() {
            int firstOfEra = era() * KEYS_AT_A_TIME;
            int chance = random.nextInt(100);
            if (firstOfEra > 0 && chance < 15) {
                return Call.get(key(random.nextInt(firstOfEra)));
            }
            String key = key(firstOfEra + random.nextInt(KEYS_AT_A_TIME));
            if (chance < 55) {
                return Call.get(key);
            }
            return chance < 97 ? Call.set(key, number + "-" + ++writes) : Call.delete(key);
        }

        private void readAll() {
            for (int i = 0; i < (era() + 1) * KEYS_AT_A_TIME; i++) {
                Call call = Call.get(key(i));
                Await.until(call.key() + " is read at node " + node, PATIENCE, () -> succeeds(call));
            }
        }

        private boolean succeeds(Call call) {
            asked.incrementAndGet();
            History.Operation operation;
            synchronized (historyLock) {
                operation = history.ask(number, node, call, System.nanoTime());
            }
            Answer answer = answer(call);
            synchronized (historyLock) {
                history.answer(operation, answer, System.nanoTime());
            }
            boolean succeeded = !(answer instanceof Answer.NotApplied || answer instanceof Answer.Unknown);
            if (succeeded) {
                succeededAt.incrementAndGet(node);
            }
            return succeeded;
        }

        private Answer answer(Call call) {
            try {
                return switch (call.kind()) {
                    case GET -> read(call.key(), http.get(call.key()));
                    case SET -> written(http.set(call.key(), call.value()));
                    case DELETE -> written(http.delete(call.key()));
                };
            } catch (UncheckedIOException e) {
                String reason = String.valueOf(e.getCause());
                return e.getCause() instanceof ConnectException
                        ? new Answer.NotApplied(reason) // it was never sent
                        : new Answer.Unknown(reason);
            }
        }

        @Override
        public void close() {
            http.close();
        }
    }

    private static Answer written(String body) {
        return body.equals(SeedClient.SUCCESS) ? new Answer.Written() : failed(body);
    }

    private static Answer read(String key, String body) {
        if (body.equals(SeedClient.NOT_FOUND)) {
            return new Answer.Absent();
        }
        String found = SeedClient.found(key, "");
        int quote = found.lastIndexOf('"');
        String before = found.substring(0, quote);
        String after = found.substring(quote);
        return body.startsWith(before) && body.endsWith(after)
                ? new Answer.Found(body.substring(before.length(), body.length() - after.length()))
                : failed(body);
    }

    /** The seed API does not tell a write that was not applied from one whose outcome is unknown. */
    private static Answer failed(String body) {
        if (body.equals(SeedClient.NOT_MOST) || body.startsWith("{\"code\":503,")) {
            return new Answer.Unknown(body);
        }
        throw new AssertionError("not to be answered to this load: " + body);
    }
}
