package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.Bytes;
import org.mostdb.api.Entry;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.LocalCluster;
import org.mostdb.testkit.MemoryEngineProvider;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

class ReformedClusterTest {

    private static final List<URI> PEERS = List.of(URI.create("http://b:1"), URI.create("http://c:1"));

    private final List<CellStore> nodes =
            List.of(open(new SimulatedDisk(), 1), open(new SimulatedDisk(), 2), open(new SimulatedDisk(), 3));
    private final SequencedMap<String, StorageEngine> left = new LinkedHashMap<>();

    private static CellStore open(StorageEngine engine, long seed) {
        return CellStore.open(engine, Durability.SYNC, new SeededRandom(seed));
    }

    /** The store of one of three members, with a cell for each key: the counter says how new it is. */
    private void leave(int place, Map<String, Optional<String>> values, long counter) {
        SimulatedDisk disk = new SimulatedDisk();
        CellStore store = open(disk, place + 1);
        store.write(
                new WriteJob(Map.of(), Map.of(MemberRecord.CLUSTER, members().encoded()), 0));
        values.forEach((key, value) -> store.write(new WriteJob(
                Map.of(
                        Bytes.utf8(key),
                        Cell.of(
                                Bytes.utf8(key),
                                new Tag(counter, store.epoch(), store.node()),
                                value.map(Bytes::utf8).orElse(null))),
                Map.of(),
                counter)));
        left.put("store " + place, disk);
    }

    private Membership members() {
        Set<NodeId> ids = new TreeSet<>();
        nodes.forEach(node -> ids.add(node.node()));
        return Membership.forming(1, ids);
    }

    private CellStore reformed() {
        SimulatedDisk target = new SimulatedDisk();
        ReformedCluster.of(left).write(target, PEERS, new SeededRandom(9));
        return open(target, 10);
    }

    private static String value(CellStore store, String key) {
        Cell cell = store.read(Bytes.utf8(key));
        return cell == null
                ? "none"
                : cell.isTombstone() ? "deleted" : cell.value().toUtf8();
    }

    @Test
    void theNewestCellOfEachKeyIsTakenWhicheverStoreHasIt() {
        leave(0, Map.of("a", Optional.of("old"), "b", Optional.of("old"), "c", Optional.of("alone")), 5);
        leave(1, Map.of("a", Optional.of("new"), "b", Optional.empty()), 6);
        leave(2, Map.of("a", Optional.of("older")), 4);

        CellStore store = reformed();

        assertEquals("new", value(store, "a"));
        assertEquals("deleted", value(store, "b"));
        assertEquals("alone", value(store, "c"));
        assertEquals(6, store.initialHighWater());
    }

    @Test
    void whatIsDeletedForGoodDoesNotComeBackOutOfAnOlderStore() {
        leave(0, Map.of("deleted since", Optional.of("old"), "kept", Optional.of("kept")), 5);
        leave(1, Map.of("kept", Optional.of("kept")), 5);
        WriteBatch batch = new WriteBatch();
        CellStore.putRecord(batch, MemberRecord.FLOOR.key(), new Floor(7, 7).encoded());
        Objects.requireNonNull(left.get("store 1")).write(batch, Durability.SYNC);

        CellStore store = reformed();

        assertEquals("none", value(store, "deleted since"));
        assertEquals("kept", value(store, "kept"));
    }

    @Test
    void itHasANewFounderInANewClusterOfTheConfiguredSizeAndElseVacantPlaces() {
        leave(1, Map.of(), 1);

        CellStore store = reformed();
        Membership cluster = store.cluster().orElseThrow();

        assertEquals(3, cluster.size());
        assertTrue(cluster.isFounder(store.node()));
        assertFalse(members().contains(store.node()));
        assertNotEquals(members().clusterId(), cluster.clusterId());
        assertTrue(cluster.member(1).isVacant() && cluster.member(2).isVacant());
    }

    @Test
    void whatMayBeLostIsToldByTheNumberOfMembersWhoseStoresAreThere() {
        leave(0, Map.of(), 1);
        assertTrue(ReformedCluster.of(left).loss().contains("may be lost"));
        left.put("a copy of store 0", left.firstEntry().getValue());
        assertTrue(ReformedCluster.of(left).loss().contains("stores of 1 of the 3 members"));
        leave(2, Map.of(), 1);
        assertTrue(ReformedCluster.of(left).loss().contains("nothing that was acknowledged is lost"));
    }

    @Test
    void itSaysWhatItFound() {
        leave(0, Map.of("a", Optional.of("value"), "b", Optional.empty()), 5);

        String line = ReformedCluster.of(left).found().getFirst();

        assertTrue(line.contains(members().clusterName()), line);
        assertTrue(line.contains(nodes.getFirst().node().toString()), line);
        assertTrue(line.contains("started once, 2 keys, 1 of them deleted"), line);
    }

    @Test
    void storesOfTwoClustersAndStoresWithNothingAreRefused() {
        assertThrows(InvalidRequestException.class, () -> ReformedCluster.of(left));
        left.put("empty", new SimulatedDisk());
        assertThrows(InvalidRequestException.class, () -> ReformedCluster.of(left));
        left.clear();
        leave(0, Map.of(), 1);
        SimulatedDisk other = new SimulatedDisk();
        open(other, 7)
                .write(new WriteJob(
                        Map.of(),
                        Map.of(
                                MemberRecord.CLUSTER,
                                Membership.forming(1, Set.of(new NodeId(7))).encoded()),
                        0));
        left.put("other", other);
        assertTrue(String.valueOf(assertThrows(InvalidRequestException.class, () -> ReformedCluster.of(left))
                        .getMessage())
                .contains("stores of one cluster"));
    }

    @Test
    void theStoresItIsMadeFromStayAsTheyAre() {
        leave(0, Map.of("a", Optional.of("value")), 5);
        String before = ReformedCluster.of(left).found().toString();

        reformed();

        assertEquals(before, ReformedCluster.of(left).found().toString());
    }

    @Test
    void theFounderAndTwoEmptyNodesServeAllAndSurviveTheLossOfEach(@TempDir Path folder) throws IOException {
        MajorityPolicyProvider provider = new MajorityPolicyProvider();
        MemoryEngineProvider engines = new MemoryEngineProvider();
        Path old = folder.resolve("old");
        try (LocalCluster cluster = new LocalCluster(provider, 3, old, LocalCluster.quickSettings())) {
            cluster.startAll();
            cluster.stop(0);
            for (int i = 0; i < 50; i++) {
                cluster.policy(1).set(key(i), Bytes.utf8("value" + i));
            }
        }
        Path fresh = folder.resolve("fresh");
        Path founder = Files.createDirectories(fresh.resolve("node-0"));
        try (StorageEngine source = engines.open(new EngineSettings(old.resolve("node-2"), Map.of()));
                StorageEngine target = engines.open(new EngineSettings(founder, Map.of()))) {
            SequencedMap<String, StorageEngine> stores = new LinkedHashMap<>();
            stores.put("node 2", source);
            Reformation reformation = provider.reform(stores);
            List<URI> peers = List.of(URI.create("http://node-1:5379"), URI.create("http://node-2:5379"));
            assertEquals(50, reformation.write(target, peers, new SeededRandom(1)));
        }
        try (LocalCluster cluster = new LocalCluster(provider, 3, fresh, LocalCluster.quickSettings())) {
            cluster.startAll();
            for (int lost = 0; lost < 3; lost++) {
                cluster.stop(lost);
                int asked = (lost + 1) % 3;
                cluster.awaitReady(asked);
                for (int i = 0; i < 50; i++) {
                    Optional<Entry> found = cluster.policy(asked).get(key(i));
                    assertEquals(Optional.of(Bytes.utf8("value" + i)), found.map(Entry::value));
                }
                cluster.start(lost);
                cluster.awaitReady(lost);
            }
        }
    }

    private static Bytes key(int i) {
        return Bytes.utf8("key" + i);
    }
}
