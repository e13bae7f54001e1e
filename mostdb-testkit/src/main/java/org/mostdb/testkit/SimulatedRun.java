package org.mostdb.testkit;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.mostdb.testkit.History.Operation;

/**
 * One run of a cluster of simulated nodes, wholly determined by its seed: nodes start with empty disks, clients read
 * and write while faults strike, then everything is mended. In the end the history must be linearizable, and a majority
 * that is connected and has its memory must serve.
 */
public final class SimulatedRun {

    private static final long LONGEST_NANOS = 60_000_000_000L;
    private static final long RETRY_NANOS = 50_000_000L;
    private static final long EQUAL_WITHIN_NANOS = 30_000_000_000L;
    private static final long MENDED_WITHIN_NANOS = 15_000_000_000L;

    /**
     * What a node is started with.
     *
     * @param operationTimeoutNanos after which an operation ends without success
     * @param peerTimeoutNanos after which a silent member counts as down
     */
    public record Settings(long operationTimeoutNanos, long peerTimeoutNanos) {}

    /** Makes the nodes of a run: a policy under test. */
    public interface Policy {

        /** See {@link SimulatedHost.Factory}. */
        SimulatedNode start(SimulatedHost host, Settings settings);
    }

    /**
     * How a run went.
     *
     * @param violation what must not have happened, in words; empty if nothing
     * @param events how many events there were; equal for equal runs
     */
    public record Result(
            long seed, int nodes, History history, Coverage coverage, long events, Optional<String> violation) {

        /** The same, with what somebody else has seen in the run, if there is no violation yet. */
        public Result orViolation(Optional<String> other) {
            return new Result(seed, nodes, history, coverage, events, violation.or(() -> other));
        }
    }

    private final long seed;
    private final VirtualTime time = new VirtualTime();
    private final SeededRandom random;
    private final Coverage coverage = new Coverage();
    private final History history = new History();
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final Settings settings;
    private final SimulatedNetwork network;
    private final Stage stage;
    private final Faults faults;
    private final int operationsWanted;
    private final List<String> keys = new ArrayList<>();
    private final List<SimulatedHost> writers;
    private final double readShare;
    private final double deleteShare;
    private final long thinkNanos;
    private int underWay;
    private int counted;
    private int values;
    private boolean mended;

    private SimulatedRun(long seed, Policy policy) {
        this.seed = seed;
        random = new SeededRandom(seed);
        // A story of several steps needs time: nobody is taken for dead too late, or gives up too early.
        boolean isStory = random.chance(0.1);
        int nodes = random.oneOf(isStory ? List.of(3, 5, 5, 5, 5) : List.of(1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 5, 5));
        settings = new Settings(
                random.oneOf(List.of(isStory ? 500_000_000L : 200_000_000L, 500_000_000L, 1_000_000_000L)),
                random.oneOf(List.of(100_000_000L, 300_000_000L, isStory ? 300_000_000L : 1_000_000_000L)));
        network = new SimulatedNetwork(time, random, coverage, weather(), nodes);
        for (int place = 0; place < nodes; place++) {
            hosts.add(new SimulatedHost(place, time, random, coverage, network, host -> policy.start(host, settings)));
        }
        for (SimulatedHost host : hosts) {
            host.diskSpeed().syncNanos = random.oneOf(List.of(100_000L, 1_000_000L, 5_000_000L));
            host.diskSpeed().seenEarly = random.oneOf(List.of(1.0, 1.0, 0.5));
        }
        operationsWanted = random.between(100, 180);
        int keyCount = random.chance(0.6) ? random.between(1, 3) : random.between(4, 16);
        for (int key = 0; key < keyCount; key++) {
            keys.add("k" + key);
        }
        writers = random.chance(0.6) ? hosts : hosts.subList(0, random.between(1, nodes));
        readShare = random.oneOf(List.of(0.2, 0.5, 0.7));
        deleteShare = random.oneOf(List.of(0.0, 0.1, 0.3, 0.5));
        thinkNanos = random.oneOf(List.of(200_000L, 5_000_000L, 30_000_000L));
        stage = new Stage(time, random, coverage, network, hosts);
        faults = new Faults(stage, isStory);
    }

    private SimulatedNetwork.Weather weather() {
        SimulatedNetwork.Weather weather = new SimulatedNetwork.Weather();
        weather.delayNanos = random.oneOf(List.of(50_000L, 500_000L, 3_000_000L));
        weather.loss = random.oneOf(List.of(0.0, 0.01, 0.1));
        weather.duplication = random.oneOf(List.of(0.0, 0.02, 0.2));
        weather.straggling = random.oneOf(List.of(0.0, 0.01, 0.05));
        return weather;
    }

    /** Runs one seed. */
    public static Result of(long seed, Policy policy) {
        return new SimulatedRun(seed, policy).run();
    }

    private Result run() {
        for (SimulatedHost host : hosts) {
            time.after(random.chance(0.7) ? random.around(5_000_000) : random.around(500_000_000), host::start);
        }
        faults.begin();
        int clients = random.between(2, 8);
        for (int client = 0; client < clients; client++) {
            think(client);
        }
        boolean enough = time.run(LONGEST_NANOS, () -> counted >= operationsWanted);
        coverage.count("runs that had too few operations", enough ? 0 : 1);
        Optional<String> stuck = mend();
        Optional<String> unrecognised = faults.disks().unrecognised();
        Optional<String> violation = LinearizabilityChecker.check(history).map(Object::toString);
        hosts.forEach(SimulatedHost::crash);
        coverage.count("operations", history.operations().size());
        return new Result(
                seed,
                hosts.size(),
                history,
                coverage,
                time.events(),
                violation.or(() -> stuck).or(() -> unrecognised));
    }

    private void think(int client) {
        long pause = random.chance(0.05) ? random.around(100_000_000) : random.around(thinkNanos);
        time.after(pause, () -> act(client));
    }

    private void act(int client) {
        if (mended || counted + underWay >= operationsWanted) {
            if (!mended) {
                think(client);
            }
            return;
        }
        Call call = randomCall();
        SimulatedHost host = random.oneOf(call.kind() == Call.Kind.GET ? hosts : writers);
        if (!ask(client, host, call, answer -> {
            if (answer instanceof Answer.NotApplied) {
                time.after(random.around(RETRY_NANOS), () -> think(client));
            } else {
                think(client);
            }
        })) {
            time.after(random.around(RETRY_NANOS), () -> think(client));
        }
    }

    private Call randomCall() {
        String key = random.oneOf(keys);
        if (random.chance(readShare)) {
            return Call.get(key);
        }
        return random.chance(deleteShare) ? Call.delete(key) : Call.set(key, "v" + ++values);
    }

    private boolean ask(int client, SimulatedHost host, Call call, Consumer<Answer> then) {
        if (host.node() == null) {
            return false;
        }
        underWay++;
        Operation operation = history.ask(client, host.place(), call, time.nowNanos());
        return host.submit(call, answer -> {
            underWay--;
            counted += answer instanceof Answer.NotApplied ? 0 : 1;
            coverage.count("outcome " + answer.getClass().getSimpleName());
            history.answer(operation, answer, time.nowNanos());
            then.accept(answer);
        });
    }

    /** Ends all faults, perhaps but for a minority that stays away, and sees that the others serve. */
    private Optional<String> mend() {
        mended = true;
        Set<SimulatedHost> exempt = faults.disks().wipedBeforeForming();
        Set<SimulatedHost> away = new LinkedHashSet<>(exempt);
        Set<SimulatedHost> recovering = new LinkedHashSet<>(faults.disks().recovering());
        recovering.removeAll(exempt);
        away.addAll(recovering);
        boolean someFormed = hosts.stream()
                .anyMatch(host -> host.node() != null && host.node().isFormed() && !away.contains(host));
        if (someFormed && !faults.disks().isRollbackOpen() && random.chance(0.4)) {
            while (away.size() < (hosts.size() - 1) / 2) {
                away.add(random.oneOf(hosts));
            }
        }
        // Those must come back by themselves.
        away.removeAll(recovering);
        stage.stop();
        List<SimulatedHost> serving =
                hosts.stream().filter(host -> !away.contains(host)).toList();
        boolean formedStays = serving.stream()
                .anyMatch(host -> host.node() != null && host.node().isFormed());
        if (formedStays || !someFormed) {
            away.stream().filter(host -> !exempt.contains(host)).forEach(SimulatedHost::crash);
            coverage.count("runs that ended without a minority", serving.size() < hosts.size() ? 1 : 0);
        }
        time.run(2 * settings.peerTimeoutNanos() + settings.operationTimeoutNanos());
        for (SimulatedHost host : serving) {
            Optional<String> stuck = awaitService(host);
            if (stuck.isPresent()) {
                return stuck;
            }
        }
        Optional<String> different = awaitEqual(serving);
        if (different.isPresent()) {
            return different;
        }
        for (String key : keys) {
            for (SimulatedHost host : serving) {
                Answer answer = askAndWait(host, Call.get(key));
                if (answer instanceof Answer.NotApplied failed) {
                    return Optional.of(
                            "all faults are over, and node " + host.place() + " cannot read: " + failed.reason());
                }
            }
        }
        return Optional.empty();
    }

    /** Nobody reads or writes now; the nodes must come to hold the same by themselves. */
    private Optional<String> awaitEqual(List<SimulatedHost> serving) {
        long end = time.nowNanos() + EQUAL_WITHIN_NANOS;
        boolean waited = false;
        while (time.nowNanos() < end) {
            List<Map<String, String>> holdings = new ArrayList<>();
            for (SimulatedHost host : serving) {
                SimulatedNode node = host.node();
                holdings.add(node == null ? Map.of() : node.holds());
            }
            if (holdings.stream().distinct().count() <= 1) {
                coverage.count("runs in which nodes caught up in the end", waited ? 1 : 0);
                return Optional.empty();
            }
            waited = true;
            time.run(100_000_000);
        }
        return Optional.of("all faults are over, and the nodes do not come to hold the same");
    }

    private Optional<String> awaitService(SimulatedHost host) {
        long end = time.nowNanos() + MENDED_WITHIN_NANOS;
        Answer answer = new Answer.NotApplied("the node did not start");
        while (time.nowNanos() < end) {
            answer = askAndWait(host, Call.set(random.oneOf(keys), "v" + ++values));
            if (answer instanceof Answer.Written) {
                return Optional.empty();
            }
            time.run(20_000_000);
        }
        return Optional.of("all faults are over, and node " + host.place() + " does not serve: " + answer);
    }

    private Answer askAndWait(SimulatedHost host, Call call) {
        List<Answer> answers = new ArrayList<>();
        boolean asked = ask(-1, host, call, answers::add);
        time.run(4 * settings.operationTimeoutNanos(), () -> !asked || !answers.isEmpty());
        return answers.isEmpty() ? new Answer.NotApplied("no answer came") : answers.getFirst();
    }
}
