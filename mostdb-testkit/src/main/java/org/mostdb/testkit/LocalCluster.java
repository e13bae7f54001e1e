package org.mostdb.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Metrics;
import org.mostdb.api.spi.PeerLink;
import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.PolicySettings;
import org.mostdb.api.spi.ReplicationPolicy;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.StorageEngine;

/** Nodes of a replication policy in one process, over engines in memory and a {@link LocalNetwork}. */
public final class LocalCluster implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ReplicationPolicyProvider provider;
    private final Path directory;
    private final PolicySettings settings;
    private final LocalNetwork network;
    private final List<@Nullable Node> nodes = new ArrayList<>();
    private final List<String> stopReasons = new ArrayList<>();

    private record Node(ReplicationPolicy policy, FaultyEngine engine) {}

    /**
     * @param directory for the engines' markers; what was written by an earlier node of the same place is found again
     */
    public LocalCluster(ReplicationPolicyProvider provider, int size, Path directory, PolicySettings settings) {
        this.provider = provider;
        this.directory = directory;
        this.settings = settings;
        this.network = new LocalNetwork(size);
        for (int place = 0; place < size; place++) {
            nodes.add(null);
        }
    }

    /** Settings that make a test quick. */
    public static PolicySettings quickSettings() {
        return new PolicySettings(
                Durability.SYNC,
                Duration.ofSeconds(5),
                Duration.ofMillis(400),
                8 << 20,
                Duration.ofSeconds(1),
                1000,
                16 << 20);
    }

    /** Starts a node, or starts it again with what it had stored. */
    public void start(int place) {
        try {
            Path store = Files.createDirectories(directory.resolve("node-" + place));
            FaultyEngine engine =
                    new FaultyEngine(new MemoryEngineProvider().open(new EngineSettings(store, Map.of())));
            nodes.set(place, new Node(provider.start(context(engine, network.link(place))), engine));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts all nodes and waits until each is ready. */
    public void startAll() {
        for (int place = 0; place < nodes.size(); place++) {
            start(place);
        }
        for (int place = 0; place < nodes.size(); place++) {
            awaitReady(place);
        }
    }

    /** Ends a node, as a crash would: the others hear nothing more from it. */
    public void stop(int place) {
        Node node = nodes.get(place);
        if (node != null) {
            nodes.set(place, null);
            network.stop(place);
            node.policy().close();
            node.engine().close();
        }
    }

    /** The policy of a running node. */
    public ReplicationPolicy policy(int place) {
        return node(place).policy();
    }

    /** The engine of a running node, whose faults a test can choose. */
    public FaultyEngine engine(int place) {
        return node(place).engine();
    }

    private Node node(int place) {
        Node node = nodes.get(place);
        if (node == null) {
            throw new IllegalStateException("node " + place + " does not run");
        }
        return node;
    }

    /** The network between the nodes. */
    public LocalNetwork network() {
        return network;
    }

    /** Why nodes asked to be ended, in words. */
    public List<String> stopReasons() {
        synchronized (stopReasons) {
            return List.copyOf(stopReasons);
        }
    }

    /** Waits until a node would serve. */
    public void awaitReady(int place) {
        await("node " + place + " ready", () -> policy(place).status().ready());
    }

    /** Waits for a condition. */
    public void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain for: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    @Override
    public void close() {
        for (int place = 0; place < nodes.size(); place++) {
            stop(place);
        }
        network.close();
    }

    private PolicyContext context(StorageEngine engine, PeerLink link) {
        return new PolicyContext() {
            @Override
            public StorageEngine engine() {
                return engine;
            }

            @Override
            public PeerLink peerLink() {
                return link;
            }

            @Override
            public String selfAddress() {
                return "";
            }

            @Override
            public PolicySettings settings() {
                return settings;
            }

            @Override
            public InstantSource clock() {
                return InstantSource.system();
            }

            @Override
            public RandomGenerator random() {
                return new Random();
            }

            @Override
            public Metrics metrics() {
                return new NoMetrics();
            }

            @Override
            public void startAnew(String reason) {
                stop("start anew: " + reason);
            }

            @Override
            public void stop(String reason) {
                synchronized (stopReasons) {
                    stopReasons.add(reason);
                }
            }
        };
    }

    /** Takes figures and forgets them. */
    private static final class NoMetrics implements Metrics {

        @Override
        public Counter counter(String name, String description) {
            return amount -> {};
        }

        @Override
        public Distribution distribution(String name, String description) {
            return value -> {};
        }

        @Override
        public void gauge(String name, String description, String label, DoubleSupplier value) {}
    }
}
