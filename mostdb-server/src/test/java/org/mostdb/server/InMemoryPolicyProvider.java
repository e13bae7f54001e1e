package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.mostdb.api.Bytes;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.Entry;
import org.mostdb.api.Guarantee;
import org.mostdb.api.MemberState;
import org.mostdb.api.MemberStatus;
import org.mostdb.api.NodeId;
import org.mostdb.api.Version;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.ReplicationPolicy;
import org.mostdb.api.spi.ReplicationPolicyProvider;

/**
 * A policy for one node without a disk, called {@code memory}. A key that begins with {@code !} does what a test has
 * put there under {@link #onKey} instead.
 */
public final class InMemoryPolicyProvider implements ReplicationPolicyProvider {

    private static final Map<String, Supplier<Optional<Entry>>> SPECIAL = new ConcurrentHashMap<>();
    private static volatile Optional<ClusterStatus> nextStatus = Optional.empty();
    private static volatile Optional<Supplier<Backup>> nextBackup = Optional.empty();
    private static volatile Optional<PolicyContext> lastContext = Optional.empty();

    /** What any operation on a key does. */
    static void onKey(String key, Supplier<Optional<Entry>> action) {
        SPECIAL.put(key, action);
    }

    /** What the policy says of the cluster from now on; empty for what it says by itself. */
    static void status(Optional<ClusterStatus> status) {
        nextStatus = status;
    }

    /** What the policy gives as its backup from now on; empty for what it has by itself: none. */
    static void backup(Optional<Supplier<Backup>> backup) {
        nextBackup = backup;
    }

    static PolicyContext lastContext() {
        return lastContext.orElseThrow();
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public ReplicationPolicy start(PolicyContext context) {
        lastContext = Optional.of(context);
        return new Policy(context);
    }

    private record WriteNumber(long number) implements Version {
        @Override
        public String text() {
            return Long.toString(number);
        }
    }

    private static final class Policy implements ReplicationPolicy {

        private final Map<Bytes, Entry> entries = new ConcurrentHashMap<>();
        private final AtomicLong writes = new AtomicLong();
        private final PolicyContext context;
        private volatile boolean closed;

        Policy(PolicyContext context) {
            this.context = context;
        }

        @Override
        public Set<Guarantee> guarantees() {
            return Set.of(Guarantee.LINEARIZABLE);
        }

        @Override
        public Optional<Entry> get(Bytes key) {
            check();
            Supplier<Optional<Entry>> special = SPECIAL.get(key.toUtf8());
            return special == null ? Optional.ofNullable(entries.get(key)) : special.get();
        }

        @Override
        public Version set(Bytes key, Bytes value) {
            check();
            special(key);
            Version version = new WriteNumber(writes.incrementAndGet());
            entries.put(key, new Entry(key, value, version));
            return version;
        }

        @Override
        public Version delete(Bytes key) {
            check();
            special(key);
            entries.remove(key);
            return new WriteNumber(writes.incrementAndGet());
        }

        private static void special(Bytes key) {
            Supplier<Optional<Entry>> special = SPECIAL.get(key.toUtf8());
            if (special != null) {
                assertEquals(Optional.empty(), special.get());
            }
        }

        private void check() {
            if (closed) {
                throw new IllegalStateException("closed");
            }
        }

        @Override
        public ClusterStatus status() {
            return nextStatus.orElseGet(() -> new ClusterStatus(
                    Optional.of("c1"),
                    true,
                    false,
                    "serving alone",
                    List.of(new MemberStatus(
                            Optional.of(new NodeId(1)),
                            context.selfAddress(),
                            true,
                            MemberState.UP,
                            Instant.EPOCH,
                            3,
                            Optional.empty(),
                            OptionalLong.empty(),
                            Optional.empty()))));
        }

        @Override
        public Backup backup() {
            return nextBackup.map(Supplier::get).orElseGet(ReplicationPolicy.super::backup);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
