package org.mostdb.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.LinearizabilityChecker.Violation;
import org.mostdb.testkit.SeededRandom;

/**
 * Clients that write, delete and read the same few keys at every node of a cluster while things happen to its nodes,
 * and keep the history: in the end it must be linearizable. A client whose node does not answer goes on trying.
 *
 * <p>Once some dozens of operations were asked of each key, the clients turn to other keys, and only read the former
 * ones from then on, now and then, and at the end of the round at every node. A later write would explain away that the
 * one before it was lost; what is only read cannot be lost unseen. And short histories of many keys are quickly judged.
 * Keys of earlier rounds, which were read by all, are taken again among new ones.
 */
public final class CheckedLoad implements AutoCloseable {

    /**
     * How much of it.
     *
     * @param clients at all nodes together, at least one at each
     * @param keys written at a time
     * @param operationsPerKey after which other keys are taken
     * @param longestPause of a client between two operations
     */
    record Shape(int clients, int keys, int operationsPerKey, Duration longestPause) {}

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(100);
    private static final int READERS = 4;
    private static final int MOST_PASSES = 10;

    /** Of so many keys written at a time, one was used in an earlier round. */
    private static final int ONE_USED_OF = 4;

    /** The build keeps the logs of failed tests here. */
    private static final Path REPORTS = Path.of("target", "failsafe-reports");

    private final ProcessCluster cluster;
    private final Shape shape;
    private final long seed;
    private final Registers registers = new Registers();
    private final LoadCounts counts;
    private final AtomicBoolean over = new AtomicBoolean();

    /** Clients hold the one for reading during each operation; who has the one for writing is alone. */
    private final ReentrantReadWriteLock turns = new ReentrantReadWriteLock(true);

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> clients = new ArrayList<>();
    private final SeededRandom keyRandom;
    private List<String> keys = List.of();
    private List<String> former = new ArrayList<>();
    private long nextEraAt;
    private int keysMade;

    private CheckedLoad(ProcessCluster cluster, Shape shape, long seed) {
        this.cluster = cluster;
        this.shape = shape;
        this.seed = seed;
        this.counts = new LoadCounts(size());
        this.keyRandom = new SeededRandom(seed);
    }

    /** Begins with a few clients at each node; the nodes need not run. */
    public static CheckedLoad on(ProcessCluster cluster) {
        int nodes = cluster.nodes().size();
        return on(cluster, new Shape(2 * nodes, 5, 40, Duration.ofMillis(20)), 0);
    }

    static CheckedLoad on(ProcessCluster cluster, Shape shape, long seed) {
        CheckedLoad load = new CheckedLoad(cluster, shape, seed);
        for (int i = 0; i < Math.max(shape.clients(), load.size()); i++) {
            int node = 1 + i % load.size();
            SeededRandom random = new SeededRandom(seed + 1 + i);
            load.clients.add(load.executor.submit(() -> load.askUntilOver(node, random)));
        }
        return load;
    }

    private int size() {
        return cluster.nodes().size();
    }

    LoadCounts counts() {
        return counts;
    }

    /** Waits until so many more operations have succeeded at each of some nodes, which are given by their numbers. */
    public void awaitMore(int operations, int... nodes) {
        long[] before = Arrays.stream(nodes).mapToLong(counts::succeededAt).toArray();
        Await.until(operations + " more operations succeed at each of " + Arrays.toString(nodes), PATIENCE, () -> {
            for (int i = 0; i < nodes.length; i++) {
                if (counts.succeededAt(nodes[i]) < before[i] + operations) {
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
    public int endAndCheck() throws InterruptedException {
        end();
        readEverywhere(registers.keysOfThisRound());
        Optional<Violation> violation = registers.judge();
        if (violation.isPresent()) {
            Path file = REPORTS.resolve("history-" + Instant.now().toEpochMilli() + ".jsonl");
            keepHistory(file);
            throw new AssertionError(violation.get() + "\nall of it is in " + file.toAbsolutePath());
        }
        return registers.operations();
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

    /** Waits until no operation is under way; from then on there is none until {@link #resume}, by the same thread. */
    void pause() {
        turns.writeLock().lock();
        for (Future<?> client : clients) {
            if (client.state() == Future.State.FAILED) {
                turns.writeLock().unlock();
                throw new AssertionError("a client ended early: " + client.exceptionNow(), client.exceptionNow());
            }
        }
    }

    /** The clients go on. */
    void resume() {
        turns.writeLock().unlock();
    }

    /**
     * Ends a round while the load is paused and all nodes run: reads each key of it at every node, which must find the
     * same, and judges it. If that is well, the next round begins.
     *
     * @param all whether to read the keys of all earlier rounds too
     */
    Optional<Violation> endRound(boolean all) throws InterruptedException {
        Set<String> read = new HashSet<>(registers.keysOfThisRound());
        if (all) {
            read.addAll(registers.settledKeys());
        }
        readEverywhere(List.copyOf(read));
        Optional<Violation> violation = registers.judge();
        if (violation.isEmpty()) {
            registers.settle();
            synchronized (this) {
                former = new ArrayList<>(registers.settledKeys());
                keys = List.of();
                nextEraAt = 0;
            }
        }
        return violation;
    }

    /** The keys of the last round that had a value when they were read at its end. */
    Set<String> presentKeys() {
        return registers.presentKeys();
    }

    /** Writes what is known of this round. */
    void keepHistory(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.write(file, registers.lines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the load if it still goes on. */
    @Override
    public void close() {
        over.set(true);
        executor.shutdownNow();
        executor.close();
    }

    private void askUntilOver(int node, SeededRandom random) {
        try (LoadClient client = new LoadClient(registers, counts, node, cluster.node(node))) {
            while (!over.get()) {
                boolean succeeded;
                turns.readLock().lock();
                try {
                    succeeded = succeeded(client.ask(nextCall(client, random)));
                } finally {
                    turns.readLock().unlock();
                }
                long pauseMillis = succeeded
                        ? random.nextLong(shape.longestPause().toMillis() + 1)
                        : PAUSE_AFTER_FAILURE.toMillis();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMillis));
            }
        }
    }

    private static boolean succeeded(Answer answer) {
        return !(answer instanceof Answer.NotApplied || answer instanceof Answer.Unknown);
    }

    private synchronized Call nextCall(LoadClient client, SeededRandom random) {
        turnToOtherKeys();
        int chance = random.nextInt(100);
        if (!former.isEmpty() && chance < 15) {
            return Call.get(random.oneOf(former));
        }
        String key = random.oneOf(keys);
        if (chance < 55) {
            return Call.get(key);
        }
        return chance < 92 ? Call.set(key, client.newValue()) : Call.delete(key);
    }

    private void turnToOtherKeys() {
        if (counts.asked() < nextEraAt) {
            return;
        }
        nextEraAt = counts.asked() + (long) shape.keys() * shape.operationsPerKey();
        former.addAll(keys);
        List<String> used = new ArrayList<>(registers.settledKeys());
        used.removeAll(new HashSet<>(registers.keysOfThisRound()));
        List<String> next = new ArrayList<>();
        while (next.size() < shape.keys()) {
            boolean again = next.size() % ONE_USED_OF == ONE_USED_OF - 1 && !used.isEmpty();
            next.add(again ? used.remove(keyRandom.nextInt(used.size())) : "checked" + seed + "-" + ++keysMade);
        }
        keys = next;
    }

    private void readEverywhere(List<String> all) throws InterruptedException {
        List<Future<?>> readers = new ArrayList<>();
        int share = all.size() / READERS + 1;
        for (int from = 0; from < all.size(); from += share) {
            List<String> part = all.subList(from, Math.min(all.size(), from + share));
            readers.add(executor.submit(() -> readAtEachNode(part)));
        }
        for (Future<?> reader : readers) {
            try {
                reader.get();
            } catch (ExecutionException e) {
                throw new AssertionError("not every key could be read: " + e.getCause(), e);
            }
        }
    }

    private void readAtEachNode(List<String> part) {
        List<LoadClient> readers = new ArrayList<>();
        try {
            for (int node = 1; node <= size(); node++) {
                readers.add(new LoadClient(registers, counts, node, cluster.node(node)));
            }
            part.forEach(key -> readUntilTheSame(key, readers));
        } finally {
            readers.forEach(LoadClient::close);
        }
    }

    /** A write without a known outcome may take effect between two reads, but not again and again. */
    private static void readUntilTheSame(String key, List<LoadClient> readers) {
        Set<Answer> answers = new HashSet<>();
        for (int pass = 0; pass < MOST_PASSES; pass++) {
            answers.clear();
            readers.forEach(reader -> answers.add(read(key, reader)));
            if (answers.size() == 1) {
                return;
            }
        }
        throw new AssertionError(key + " reads differently at the nodes, again and again: " + answers);
    }

    private static Answer read(String key, LoadClient reader) {
        Answer[] answer = new Answer[1];
        Await.until(key + " is read at node " + reader.node(), PATIENCE, () -> {
            answer[0] = reader.ask(Call.get(key));
            return succeeded(answer[0]);
        });
        return answer[0];
    }
}
