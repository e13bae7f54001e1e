package org.mostdb.server;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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
     * @throws StartRefusedException with one sentence, if the configuration does not allow a start
     * @throws MostDbException with one sentence, if the engine or the policy cannot start
     */
    static Node start(
            Settings settings, Map<String, String> environment, Consumer<String> onStop, Consumer<String> onStartAnew) {
        Node node = new Node(settings);
        try {
            node.startAll(environment, onStop, onStartAnew);
            return node;
        } catch (RuntimeException | Error e) {
            node.closeParts();
            throw e;
        }
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

    private void startAll(Map<String, String> environment, Consumer<String> onStop, Consumer<String> onStartAnew) {
        Members members = Members.of(settings, InetAddress::getAllByName, Node::isLocal);
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
        HelidonPeerLink link = new HelidonPeerLink(
                PeerLinkSettings.of(members.peers(), settings.apiKey(), settings.peerTimeout(), maxMessageBytes()));
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
                        onStop,
                        onStartAnew)));
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
