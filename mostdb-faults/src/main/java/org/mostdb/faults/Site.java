package org.mostdb.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.mostdb.testkit.SeededRandom;

/** A cluster with all that faults act upon: its processes, the links between them, their disks, and the load. */
final class Site implements AutoCloseable {

    private static final int DISK_MIB = 192;
    private static final int DISK_RESERVE_MIB = 32;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final RunOptions options;
    private final SeededRandom random;
    private final ProcessCluster cluster;
    private final Network network;
    private final List<Disk> disks;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Nodes whose process or disk is in the hands of a fault. */
    private final Set<Integer> taken = new HashSet<>();

    private Optional<CheckedLoad> load = Optional.empty();

    /** @param folder exists and is empty */
    Site(Path folder, RunOptions options) throws IOException {
        this.folder = folder;
        this.options = options;
        this.random = new SeededRandom(options.seed());
        FreePorts ports = new FreePorts();
        List<ServerProcess> nodes = new ArrayList<>();
        for (int i = 1; i <= options.nodes(); i++) {
            Path own = Files.createDirectory(folder.resolve("node-" + i));
            nodes.add(new ServerProcess(options.serverJar(), own, ports.next()));
        }
        cluster = new ProcessCluster(nodes)
                .with("MOSTDB_STORE_ENGINE", options.engine())
                .with("MOSTDB_ENGINE_JOURNAL_MIB", "1") // so that there are tables, and compactions
                .with("MOSTDB_ENGINE_WRITE_BUFFER_MIB", "1")
                .with("MOSTDB_DISK_RESERVE_MIB", Integer.toString(DISK_RESERVE_MIB));
        network = new Network(cluster, ports);
        disks = options.kinds().stream().anyMatch(FaultKind::needsDisks) ? mountDisks() : List.of();
    }

    private List<Disk> mountDisks() throws IOException {
        List<Disk> mounted = new ArrayList<>();
        for (ServerProcess node : cluster.nodes()) {
            Optional<Disk> disk = Disk.mount(node.folder().resolve("disk"), DISK_MIB);
            disk.ifPresent(mounted::add);
            disk.ifPresent(
                    own -> node.with("MOSTDB_STORE_ROOT", own.dataFolder().toString()));
        }
        return mounted.size() == size() ? mounted : List.of();
    }

    boolean hasDisks() {
        return !disks.isEmpty();
    }

    CheckedLoad startLoad() {
        CheckedLoad started = CheckedLoad.on(cluster, options.shape(), options.seed());
        load = Optional.of(started);
        return started;
    }

    int size() {
        return options.nodes();
    }

    int majority() {
        return size() / 2 + 1;
    }

    SeededRandom random() {
        return random;
    }

    RunOptions options() {
        return options;
    }

    ProcessCluster cluster() {
        return cluster;
    }

    ServerProcess node(int number) {
        return cluster.node(number);
    }

    Network network() {
        return network;
    }

    Disk disk(int number) {
        return disks.get(number - 1);
    }

    /** Where an old copy of a node's data folder is kept; it may not be there. */
    Path copyOf(int number) {
        return node(number).folder().resolve("copy");
    }

    /** Waits until so many operations more have succeeded at all nodes but some. */
    void awaitMoreElsewhere(int operations, List<Integer> but) {
        int[] others = IntStream.rangeClosed(1, size())
                .filter(number -> !but.contains(number))
                .toArray();
        load.orElseThrow().awaitMore(operations, others);
    }

    // --- which node is in whose hands --------------------------------------------------------------------------------

    /** So many nodes that no fault has in its hands, by chance; empty if there are not so many. */
    List<Integer> takeFree(int count) {
        List<Integer> free = IntStream.rangeClosed(1, size())
                .filter(number -> !taken.contains(number))
                .boxed()
                .toList();
        if (free.size() < count) {
            return List.of();
        }
        Set<Integer> chosen = new TreeSet<>();
        while (chosen.size() < count) {
            chosen.add(random.oneOf(free));
        }
        taken.addAll(chosen);
        return List.copyOf(chosen);
    }

    /** From one node to all but one less than half of them. */
    List<Integer> takeMinority() {
        return takeFree(random.between(1, size() - majority()));
    }

    void giveBack(List<Integer> nodes) {
        nodes.forEach(taken::remove);
    }

    /** The numbers of the nodes that ended though nothing was done to them. */
    List<Integer> endedByThemselves() {
        return IntStream.rangeClosed(1, size())
                .filter(number -> !taken.contains(number) && !node(number).isAlive())
                .boxed()
                .toList();
    }

    // --- how the cluster is ------------------------------------------------------------------------------------------

    /** What each node says of the cluster; fewer than there are nodes if some say nothing. */
    List<ClusterView> views() {
        return cluster.nodes().stream()
                .filter(ServerProcess::isAlive)
                .flatMap(node -> ClusterView.of(http, node).stream())
                .toList();
    }

    /** Whether all nodes say that all members vote. */
    boolean allVote() {
        List<ClusterView> views = views();
        return views.size() == size() && views.stream().allMatch(view -> view.allVote(size()));
    }

    /** Waits until all nodes say that all members vote. */
    void awaitAllVote() {
        try {
            Await.until("all members vote", PATIENCE, () -> {
                List<Integer> ended = endedByThemselves();
                if (!ended.isEmpty()) {
                    throw new AssertionError("ended by themselves: nodes " + ended);
                }
                boolean holds = allVote();
                if (!holds) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                }
                return holds;
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; they say " + views(), e);
        }
    }

    /** Reads all that a node holds, so that damage in its files comes to light. */
    void readAllOf(int number) {
        try (SeedClient client = new SeedClient(node(number))) {
            client.send("GET", "/v1/backup", new byte[0]);
        } catch (UncheckedIOException e) {
            System.getLogger(Site.class.getName())
                    .log(System.Logger.Level.DEBUG, "node " + number + " cannot be read to the end", e);
        }
    }

    /** What a node holds; empty if it does not tell now. */
    Optional<Map<String, String>> cellsOf(int number) {
        return StoredCells.of(http, node(number));
    }

    /** Deletes what the nodes have set aside, as an operator may. */
    void tidy() throws IOException {
        for (ServerProcess node : cluster.nodes()) {
            for (Path aside : Folders.list(node.dataFolder(), "store-set-aside-")) {
                Folders.delete(aside);
            }
        }
    }

    /** Ends all that runs, and leaves the logs where they are. */
    @Override
    public void close() {
        cluster.nodes().forEach(ServerProcess::close);
        load.ifPresent(CheckedLoad::close);
        network.close();
        disks.forEach(Disk::close);
        http.shutdownNow();
        http.close();
    }

    /** Where the nodes have their folders. */
    Path folder() {
        return folder;
    }
}
