package org.mostdb.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.MemberState;
import org.mostdb.api.MemberStatus;
import org.mostdb.api.MostDbException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.ReplicationPolicy;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;

/**
 * One running node: its parts in the order in which they start, and closed in the opposite order.
 *
 * <p>The port is bound before the policy starts, so that a port in use stops the start before anything is written to
 * the cluster; requests that come in between are answered 503.
 */
final class Node implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Node.class.getName());

    /** A message carries at least one key and value; beyond that, room for a batch. */
    private static final int MIN_MESSAGE_BYTES = 8 * 1024 * 1024;

    private static final int REST_OF_MESSAGE_BYTES = 64 * 1024;

    /** What has started, last first. */
    private final Deque<Part> started = new ArrayDeque<>();

    private final Settings settings;
    private final Admission admission;
    private @Nullable StoreDirectory directory;
    private boolean othersHoldCopies;
    private int port;

    private record Part(String name, AutoCloseable closing) {}

    private Node(Settings settings) {
        this.settings = settings;
        this.admission = new Admission(settings.requestLimit());
    }

    /**
     * Starts a node; returns once it serves.
     *
     * @param environment where the home folder of the user is looked up
     * @param onStop called at most once, if the policy must end this node, with one sentence
     * @param onStartAnew called at most once, if the policy wants to begin anew with an empty store, with one sentence
     * @param onStoreFailed called at most once, if the policy cannot use its store any more, with one sentence
     * @throws StartRefusedException with one sentence, if the configuration does not allow a start
     * @throws MostDbException with one sentence, if the engine or the policy cannot start
     */
    static Node start(
            Settings settings,
            Map<String, String> environment,
            Consumer<String> onStop,
            Consumer<String> onStartAnew,
            Consumer<String> onStoreFailed) {
        Node node = new Node(settings);
        try {
            node.startAll(environment, onStop, onStartAnew, onStoreFailed);
            return node;
        } catch (CorruptStoreException e) {
            if (node.othersHoldCopies) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "{0}; this node gives the store up, and copies from the other members",
                        e.getMessage());
                node.closeAndSetStoreAside();
            } else {
                node.closeParts();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            node.closeParts();
            throw e;
        }
        return start(settings, environment, onStop, onStartAnew, onStoreFailed);
    }

    /** The port that it listens on. */
    int port() {
        return port;
    }

    /** Waits for the requests under way, within the limit of the settings, then closes everything. */
    @Override
    public void close() {
        int left = admission.stop(settings.shutdownTimeout());
        if (left > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} still under way after {1} ms, and given up",
                    Count.of(left, "request"),
                    Long.toString(settings.shutdownTimeout().toMillis()));
        }
        closeParts();
    }

    /**
     * As {@link #close}, and leaves no store where it was.
     *
     * @throws MostDbException with one sentence, if the store could not be moved away
     */
    void closeAndSetStoreAside() {
        StoreDirectory held = Objects.requireNonNull(directory, "a node that was started has a folder");
        held.setAsideOnClose();
        close();
        Path setAside = held.setAside()
                .orElseThrow(() -> new StorageException("The store in " + held.engineDirectory()
                        + " could not be set aside: move it away, and start this node again."));
        LOG.log(System.Logger.Level.WARNING, "the store was set aside as {0}", setAside);
    }

    /**
     * Remembers beyond this process that the store cannot be trusted any more.
     *
     * @return whether a store copied from the others can take its place; else only an operator can help
     */
    boolean markStoreFailed(String reason) {
        StoreDirectory held = Objects.requireNonNull(directory, "a node that was started has a folder");
        try {
            held.markFailed(Instant.now() + " " + reason);
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "it could not be written to {0} that the store has failed ({1}): before this node is started again,"
                            + " move {2} away",
                    held.failureFile(),
                    IoProblem.words(e),
                    held.engineDirectory());
        }
        if (!othersHoldCopies) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "this is the only member, so nobody has a copy: stop it, mend the disk, and see {0}",
                    held.failureFile());
        }
        return othersHoldCopies;
    }

    /** Whether a store that failed can be copied anew now: its disk works, and enough of the others vote. */
    boolean canCopyAnew() {
        ReplicationPolicy policy = admission.policyIfStarted();
        StoreDirectory held = directory;
        if (policy == null || held == null) {
            return false;
        }
        ClusterStatus status = policy.status();
        // A node that was not let in yet has no store that could be missed.
        return (status.clusterId().isEmpty() || doEnoughOthersVote(status)) && held.isWritable();
    }

    private static boolean doEnoughOthersVote(ClusterStatus status) {
        List<MemberStatus> members = status.members();
        long others = members.stream()
                .filter(member -> !member.self() && member.state() == MemberState.UP)
                .count();
        return others > (members.size() - 1) / 2;
    }

    private void giveUpFailedStore(StoreDirectory held) {
        Optional<String> failure = held.failure();
        if (failure.isEmpty()) {
            return;
        }
        if (!othersHoldCopies) {
            throw new StartRefusedException("The store in " + held.engineDirectory() + " has failed (" + failure.get()
                    + "), and this is the only member, so nobody has a copy: bring a backup back, or delete "
                    + held.failureFile() + " to go on with the store as it is, at the risk of lost or wrong values.");
        }
        try {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the store has failed before ({0}): it was set aside as {1}, and this node copies from the others",
                    failure.get(),
                    held.setAsideNow());
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The store in " + held.engineDirectory() + " has failed, and can't be moved away ("
                            + IoProblem.words(e) + "): move it away.",
                    e);
        }
    }

    private void startAll(
            Map<String, String> environment,
            Consumer<String> onStop,
            Consumer<String> onStartAnew,
            Consumer<String> onStoreFailed) {
        HelidonServices.fix();
        Members members = Members.of(settings, InetAddress::getAllByName, Node::isLocal);
        othersHoldCopies = members.size() > 1;
        Plugins plugins = started("plugins", Plugins.find(settings));
        StorageEngineProvider engineProvider = plugins.engine(settings);
        ReplicationPolicyProvider policyProvider = plugins.policy(settings);
        StoreRoot root = StoreRoot.choose(settings, environment);
        LOG.log(System.Logger.Level.INFO, "data is in {0} ({1})", root.path(), root.reason());
        StoreDirectory held = started(
                "store directory",
                StoreDirectory.open(
                        root.path(), engineProvider.format(), policyProvider.name(), plugins::enginesOfFormat));
        directory = held;
        DiskSpace space = started("disk space", DiskSpace.watch(root.path(), settings.diskReserveBytes()));
        space.requireRoomToOpen();
        giveUpFailedStore(held);
        describe(members, engineProvider, policyProvider);
        StorageEngine engine = started(
                "storage engine",
                Plugins.firstUse(
                        "storage engine",
                        engineProvider.name(),
                        () -> engineProvider.open(
                                new EngineSettings(held.engineDirectory(), settings.engineOptions()))));

        HelidonMetrics metrics = started("metrics", new HelidonMetrics());
        EngineGauges.register(engine, metrics);
        space.register(metrics);
        HelidonPeerLink link = new HelidonPeerLink(PeerLinkSettings.of(
                members.peers(),
                settings.apiKey(),
                settings.peerTimeout(),
                maxMessageBytes(),
                HeapLimits.ofThisProcess().peerQueueBytes()));
        HttpFront front = new HttpFront(
                settings,
                link.upgrader(),
                metrics,
                admission,
                new ClusterPage(admission, policyProvider.name(), engineProvider.name()),
                started("backup", new BackupPage(admission, policyProvider.name())));
        front.open();
        port = front.port();
        started("HTTP front", front);
        started("peer link", link);
        ReplicationPolicy policy = started(
                "replication policy",
                policyProvider.start(new ServerPolicyContext(
                        engine,
                        link,
                        settings.serverUrl().map(URI::toString).orElse(""),
                        settings.policySettings(),
                        metrics,
                        space::room,
                        onStop,
                        onStartAnew,
                        onStoreFailed)));
        admission.open(policy);
        LOG.log(System.Logger.Level.INFO, "listening on port {0}", Integer.toString(port));
    }

    private void describe(Members members, StorageEngineProvider engine, ReplicationPolicyProvider policy) {
        LOG.log(
                System.Logger.Level.INFO,
                "mostdb {0}, storage engine {1}, replication policy {2}, {3}",
                ProductVersion.text(),
                engine.name(),
                policy.name(),
                members.describe());
        members.doubt().ifPresent(doubt -> LOG.log(System.Logger.Level.WARNING, doubt));
        if (settings.apiKeyIgnored()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "MOSTDB_API_KEY_VALUE is set, but requests need no key: MOSTDB_API_KEY_ENABLE=true asks for it");
        }
        if (settings.durability() == Durability.OS) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "MOSTDB_SYNC=os: a power failure may take acknowledged writes from this node, and if it hits a"
                            + " majority at once, the cluster may have to be formed anew");
        }
        if (members.size() % 2 == 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a cluster of {0} members survives no more failures than one of {1}: an odd number is better",
                    members.size(),
                    members.size() - 1);
        }
    }

    private int maxMessageBytes() {
        return Math.max(
                MIN_MESSAGE_BYTES, settings.keyLimitBytes() + settings.valueLimitBytes() + REST_OF_MESSAGE_BYTES);
    }

    private <T extends AutoCloseable> T started(String name, T part) {
        started.push(new Part(name, part));
        return part;
    }

    private void closeParts() {
        while (!started.isEmpty()) {
            Part part = started.pop();
            try {
                part.closing().close();
            } catch (Exception e) {
                // The other parts must be closed all the same, above all the engine.
                LOG.log(System.Logger.Level.ERROR, "The " + part.name() + " could not be closed", e);
            }
        }
    }

    /** Whether an address belongs to this machine. */
    static boolean isLocal(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}
