package org.mostdb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.Entry;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.MemberState;
import org.mostdb.api.MostDbException;
import org.mostdb.api.OutcomeUnknownException;
import org.mostdb.api.OverloadedException;
import org.mostdb.api.StorageException;
import org.mostdb.api.UnsupportedByPolicyException;
import org.mostdb.api.Version;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.PolicySettings;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.ReplicationPolicy;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.opentest4j.TestAbortedException;

/**
 * What every {@link ReplicationPolicy} promises, as tests over a {@link LocalCluster} with real threads. A policy's own
 * test extends this class and names its provider.
 */
public abstract class ReplicationPolicyContract {

    private static final Bytes KEY = Bytes.utf8("key");
    private static final Bytes OTHER = Bytes.utf8("other");
    private static final Bytes ONE = Bytes.utf8("one");
    private static final Bytes TWO = Bytes.utf8("two");

    @TempDir
    private Path directory;

    private LocalCluster cluster;

    /** The provider under test. */
    protected abstract ReplicationPolicyProvider provider();

    /** For subclasses. */
    protected ReplicationPolicyContract() {}

    @BeforeEach
    void makeCluster() {
        cluster = new LocalCluster(provider(), 3, directory, LocalCluster.quickSettings());
    }

    @AfterEach
    void endCluster() {
        cluster.close();
    }

    private static Optional<Bytes> valueOf(ReplicationPolicy policy, Bytes key) {
        return policy.get(key).map(Entry::value);
    }

    @Test
    void serviceLoaderFindsTheProviderUnderItsName() {
        List<String> names = new ArrayList<>();
        ServiceLoader.load(ReplicationPolicyProvider.class).forEach(found -> names.add(found.name()));
        assertTrue(names.contains(provider().name()), () -> "found only " + names);
        assertTrue(provider().name().matches("[a-z0-9-]+"));
    }

    @Test
    void everyNodeServesWhatAnyNodeWrote() {
        cluster.startAll();
        for (int writer = 0; writer < 3; writer++) {
            Bytes value = Bytes.utf8("from " + writer);
            cluster.policy(writer).set(KEY, value);
            for (int reader = 0; reader < 3; reader++) {
                assertEquals(Optional.of(value), valueOf(cluster.policy(reader), KEY));
            }
        }
    }

    @Test
    void aKeyThatWasNeverSetOrWasDeletedIsAbsent() {
        cluster.startAll();
        assertEquals(Optional.empty(), valueOf(cluster.policy(0), KEY));
        cluster.policy(1).delete(KEY);
        assertEquals(Optional.empty(), valueOf(cluster.policy(2), KEY));
        cluster.policy(0).set(KEY, ONE);
        cluster.policy(1).delete(KEY);
        assertEquals(Optional.empty(), valueOf(cluster.policy(2), KEY));
        cluster.policy(2).set(KEY, TWO);
        assertEquals(Optional.of(TWO), valueOf(cluster.policy(0), KEY));
    }

    @Test
    void anEmptyValueIsAValue() {
        cluster.startAll();
        cluster.policy(0).set(KEY, Bytes.EMPTY);
        assertEquals(Optional.of(Bytes.EMPTY), valueOf(cluster.policy(1), KEY));
    }

    @Test
    void largeValuesComeBackWhole() {
        cluster.startAll();
        byte[] large = new byte[1 << 20];
        new Random(1).nextBytes(large);
        List<Bytes> keys = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            keys.add(Bytes.utf8("large " + i));
        }
        inParallel(keys, key -> cluster.policy(0).set(key, Bytes.wrap(large)));
        inParallel(keys, key -> assertEquals(Optional.of(Bytes.wrap(large)), valueOf(cluster.policy(2), key)));
    }

    @Test
    void everyWriteHasAVersionOfItsOwnAndAReadNamesIt() {
        cluster.startAll();
        Set<Version> versions = new HashSet<>();
        for (int i = 0; i < 30; i++) {
            Version version = cluster.policy(i % 3).set(KEY, ONE);
            assertTrue(versions.add(version), () -> version + " was given twice");
            assertEquals(
                    Optional.of(version), cluster.policy((i + 1) % 3).get(KEY).map(Entry::version));
            assertFalse(version.text().isEmpty() || version.text().length() > 100);
        }
        assertNotEquals(cluster.policy(0).delete(KEY), cluster.policy(0).delete(KEY));
    }

    @Test
    void writersOfOneKeyOnAllNodesLeaveOneValueThatAllNodesRead() {
        cluster.startAll();
        List<Integer> writers = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            writers.add(i);
        }
        inParallel(writers, i -> cluster.policy(i % 3).set(KEY, Bytes.utf8("value " + i)));
        Optional<Bytes> value = valueOf(cluster.policy(0), KEY);
        assertEquals(value, valueOf(cluster.policy(1), KEY));
        assertEquals(value, valueOf(cluster.policy(2), KEY));
    }

    @Test
    void oneNodeIsACluster() {
        try (LocalCluster single =
                new LocalCluster(provider(), 1, directory.resolve("single"), LocalCluster.quickSettings())) {
            single.startAll();
            single.policy(0).set(KEY, ONE);
            single.stop(0);
            single.start(0);
            assertEquals(Optional.of(ONE), valueOf(single.policy(0), KEY));
        }
    }

    @Test
    void aMinorityMayBeDownAndComesBackToTheNewState() {
        cluster.startAll();
        cluster.policy(0).set(KEY, ONE);
        cluster.policy(0).set(OTHER, ONE);
        cluster.stop(2);
        cluster.policy(0).set(KEY, TWO);
        cluster.policy(1).delete(OTHER);
        cluster.start(2);
        cluster.awaitReady(2);
        cluster.stop(1);
        for (int place : new int[] {0, 2}) {
            assertEquals(Optional.of(TWO), valueOf(cluster.policy(place), KEY));
            assertEquals(Optional.empty(), valueOf(cluster.policy(place), OTHER));
        }
    }

    @Test
    void withoutAMajorityNothingIsAppliedAndNothingReadUntilItHeals() {
        cluster.startAll();
        cluster.policy(0).set(KEY, ONE);
        cluster.network().split(Set.of(0));
        assertThrows(
                MostDbException.class,
                () -> cluster.policy(0).set(KEY, TWO),
                "a write without a majority must not succeed");
        assertThrows(MajorityUnavailableException.class, () -> cluster.policy(0).get(KEY));
        assertEquals(Optional.of(ONE), valueOf(cluster.policy(1), KEY));
        cluster.await("node 0 not ready", () -> !cluster.policy(0).status().ready());
        MajorityUnavailableException refused = assertThrows(
                MajorityUnavailableException.class, () -> cluster.policy(0).set(KEY, TWO));
        assertEquals(2, refused.needed());
        cluster.network().heal();
        cluster.awaitReady(0);
        cluster.policy(0).set(KEY, TWO);
        assertEquals(Optional.of(TWO), valueOf(cluster.policy(2), KEY));
    }

    @Test
    void everythingAcknowledgedSurvivesTheRestartOfAll() {
        cluster.startAll();
        for (int i = 0; i < 50; i++) {
            cluster.policy(i % 3).set(Bytes.utf8("key " + i), Bytes.utf8("value " + i));
        }
        for (int place = 0; place < 3; place++) {
            cluster.stop(place);
        }
        cluster.startAll();
        for (int i = 0; i < 50; i++) {
            assertEquals(
                    Optional.of(Bytes.utf8("value " + i)),
                    valueOf(cluster.policy((i + 1) % 3), Bytes.utf8("key " + i)));
        }
    }

    @Test
    void aNodeWhoseStoreFailsSaysSoAndTheOthersGoOn() {
        cluster.startAll();
        cluster.engine(1).onWrite((batch, durability) -> FaultyEngine.WriteOutcome.FAILED);
        cluster.policy(0).set(KEY, ONE);
        cluster.await("node 1 failed", () -> cluster.policy(1).status().failed());
        assertThrows(StorageException.class, () -> cluster.policy(1).get(KEY));
        cluster.policy(2).set(KEY, TWO);
        assertEquals(Optional.of(TWO), valueOf(cluster.policy(0), KEY));
        cluster.await("node 0 sees it", () -> state(0, 1) == MemberState.FAILED);
    }

    private MemberState state(int seenBy, int place) {
        return cluster.policy(seenBy)
                .status()
                .members()
                .get(place < seenBy ? place + 1 : place)
                .state();
    }

    @Test
    void statusShowsWhoIsUpAndWhoIsDown() {
        cluster.startAll();
        ClusterStatus status = cluster.policy(0).status();
        assertTrue(status.clusterId().isPresent());
        assertEquals(3, status.members().size());
        assertTrue(status.members().getFirst().self());
        cluster.await("all up", () -> state(0, 1) == MemberState.UP && state(0, 2) == MemberState.UP);
        cluster.stop(2);
        cluster.await("node 2 down", () -> state(0, 2) == MemberState.DOWN);
        assertTrue(cluster.policy(0).status().ready());
        cluster.start(2);
        cluster.await("node 2 up", () -> state(0, 2) == MemberState.UP);
    }

    @Test
    void moreOperationsThanAllowedAreRefusedAtOnce() throws Exception {
        PolicySettings narrow = new PolicySettings(
                Durability.SYNC,
                Duration.ofSeconds(20),
                Duration.ofMillis(400),
                8 << 20,
                Duration.ofSeconds(1),
                8,
                1 << 20);
        try (LocalCluster single = new LocalCluster(provider(), 1, directory.resolve("narrow"), narrow);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            single.startAll();
            Semaphore disk = new Semaphore(0);
            single.engine(0).onWrite((batch, durability) -> {
                disk.acquireUninterruptibly();
                return FaultyEngine.WriteOutcome.DONE;
            });
            AtomicInteger refused = new AtomicInteger();
            List<Future<Version>> writes = new ArrayList<>();
            try {
                for (int i = 0; i < 9; i++) {
                    Bytes key = Bytes.utf8("key " + i);
                    writes.add(callers.submit(() -> setUntilAdmitted(single.policy(0), key, refused)));
                }
                single.await("one of nine refused", () -> refused.get() > 0);
            } finally {
                disk.release(1000);
            }
            for (Future<Version> one : writes) {
                one.get();
            }
        }
    }

    private static Version setUntilAdmitted(ReplicationPolicy policy, Bytes key, AtomicInteger refused) {
        while (true) {
            try {
                return policy.set(key, ONE);
            } catch (OverloadedException e) {
                refused.incrementAndGet();
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void noReadShowsAWriteOfWhichAMajorityIsNotDurableYet() throws Exception {
        try (LocalCluster single =
                        new LocalCluster(provider(), 1, directory.resolve("single"), LocalCluster.quickSettings());
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            single.startAll();
            ReplicationPolicy policy = single.policy(0);
            policy.set(KEY, ONE);
            Semaphore applied = new Semaphore(0);
            Semaphore disk = new Semaphore(0);
            single.engine(0).onApplied(() -> {
                applied.release();
                disk.acquireUninterruptibly();
            });
            Future<Version> write = callers.submit(() -> policy.set(KEY, TWO));
            try {
                applied.acquire();
                // Nor does it hold up the reads of other keys.
                assertEquals(Optional.empty(), valueOf(policy, OTHER));
                Future<Optional<Bytes>> read = callers.submit(() -> valueOf(policy, KEY));
                assertEquals(Optional.of(ONE), soonOrElse(read, Optional.of(ONE)), "it could be lost again");
                disk.release(1000);
                read.get();
            } finally {
                disk.release(1000);
            }
            write.get();
            assertEquals(Optional.of(TWO), valueOf(policy, KEY));
        }
    }

    /** What it gives, if it does not wait for something. */
    private static <T> T soonOrElse(Future<T> future, T other) throws Exception {
        try {
            return future.get(100, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return other;
        }
    }

    @Test
    void closeEndsOperationsWithTheirHonestOutcome() throws Exception {
        cluster.startAll();
        ReplicationPolicy policy = cluster.policy(0);
        Semaphore reached = new Semaphore(0);
        Semaphore disk = new Semaphore(0);
        // Not a write of what the policy keeps for itself.
        Bytes value = Bytes.wrap(new byte[10_000]);
        for (int place = 0; place < 3; place++) {
            cluster.engine(place).onWrite((batch, durability) -> {
                if (batch.bytes() >= value.size()) {
                    reached.release();
                    disk.acquireUninterruptibly();
                }
                return FaultyEngine.WriteOutcome.DONE;
            });
        }
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<MostDbException> outcome = callers.submit(
                    () -> assertThrows(MostDbException.class, () -> policy.set(KEY, value), "it was not acknowledged"));
            reached.acquire();
            Future<?> closing = callers.submit(policy::close);
            try {
                assertTrue(outcome.get() instanceof OutcomeUnknownException, () -> "it was sent: " + outcome);
            } finally {
                disk.release(1000);
            }
            closing.get();
        }
        policy.close();
        assertThrows(IllegalStateException.class, () -> policy.get(KEY));
    }

    @Test
    void backupsOfAMajorityMakeANewClusterThatServesAllThatWasAcknowledgedBefore() throws IOException {
        cluster.startAll();
        for (int i = 0; i < 50; i++) {
            cluster.policy(i % 3).set(key(i), Bytes.utf8("value " + i));
        }
        cluster.policy(0).delete(key(0));
        SequencedMap<String, Backup> backups = new LinkedHashMap<>();
        for (int place = 0; place < 2; place++) {
            backups.put("backup " + place, backup(place));
        }
        cluster.policy(0).set(key(50), ONE);

        Path fresh = directory.resolve("fresh");
        Path founder = Files.createDirectories(fresh.resolve("node-0"));
        List<URI> peers = List.of(URI.create("http://node-1:5379"), URI.create("http://node-2:5379"));
        try (StorageEngine target = new MemoryEngineProvider().open(new EngineSettings(founder, Map.of()))) {
            Reformation reformation = provider().restore(backups);
            assertEquals(2, reformation.found().size());
            assertFalse(reformation.loss().isBlank());
            reformation.write(target, peers, new Random());
        }
        try (LocalCluster restored = new LocalCluster(provider(), 3, fresh, LocalCluster.quickSettings())) {
            restored.startAll();
            for (int i = 1; i < 50; i++) {
                assertEquals(Optional.of(Bytes.utf8("value " + i)), valueOf(restored.policy(i % 3), key(i)));
            }
            assertEquals(Optional.empty(), valueOf(restored.policy(1), key(0)));
            assertEquals(Optional.empty(), valueOf(restored.policy(2), key(50)), "written after the backups");
            assertNotEquals(
                    cluster.policy(0).status().clusterId(),
                    restored.policy(0).status().clusterId());
            restored.policy(1).set(key(1), TWO);
            assertEquals(Optional.of(TWO), valueOf(restored.policy(2), key(1)));
        }
    }

    private static Bytes key(int number) {
        return Bytes.utf8("key " + number);
    }

    /** As a file would have it: read to its end, and given back later. Skips the test for a policy that has none. */
    private Backup backup(int place) {
        SortedMap<Bytes, Bytes> cells = new TreeMap<>();
        Bytes previous = Bytes.EMPTY;
        try (Backup backup = cluster.policy(place).backup()) {
            for (Scan scan = backup.cells(); scan.next(); ) {
                Bytes key = Bytes.wrap(scan.key().clone());
                assertTrue(previous.compareTo(key) < 0, () -> "not in order: " + key);
                previous = key;
                cells.put(key, Bytes.wrap(scan.value().clone()));
            }
            backup.origin().forEach((name, value) -> assertFalse((name + value).contains("\n")));
            return new Backup(backup.origin(), new MemoryScan(cells, () -> {}));
        } catch (UnsupportedByPolicyException e) {
            throw new TestAbortedException("the policy makes no backups", e);
        }
    }

    @Test
    void aBackupShowsOneMomentWhateverIsWrittenMeanwhile() {
        cluster.startAll();
        cluster.policy(0).set(KEY, ONE);
        cluster.await("node 1 has it", () -> cells(1) == 1);
        try (Backup backup = cluster.policy(1).backup()) {
            cluster.policy(1).set(OTHER, TWO);
            cluster.await("node 1 has both", () -> cells(1) == 2);
            assertTrue(backup.cells().next());
            assertEquals(KEY, Bytes.wrap(backup.cells().key()));
            assertFalse(backup.cells().next());
        }
    }

    private int cells(int place) {
        int count = 0;
        try (Backup backup = backup(place)) {
            while (backup.cells().next()) {
                count++;
            }
        }
        return count;
    }

    @Test
    void aNodeWhoseStoreFailedMakesNoBackup() {
        cluster.startAll();
        try (Backup backup = backup(1)) {
            assertFalse(backup.origin().isEmpty());
        }
        cluster.engine(1).onWrite((batch, durability) -> FaultyEngine.WriteOutcome.FAILED);
        cluster.policy(0).set(KEY, ONE);
        cluster.await("node 1 failed", () -> cluster.policy(1).status().failed());
        assertThrows(StorageException.class, () -> cluster.policy(1).backup());
        cluster.policy(0).close();
        assertThrows(IllegalStateException.class, () -> cluster.policy(0).backup());
    }

    private static <T> void inParallel(List<T> items, Consumer<T> action) {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            items.forEach(item -> done.add(callers.submit(() -> action.accept(item))));
            for (Future<?> one : done) {
                one.get();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
