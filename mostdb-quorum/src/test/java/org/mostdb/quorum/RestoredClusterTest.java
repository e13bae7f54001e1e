package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.MemberState;
import org.mostdb.api.MemberStatus;
import org.mostdb.api.NodeId;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;

class RestoredClusterTest {

    private static final List<URI> PEERS = List.of(URI.create("http://b:1"), URI.create("http://c:1"));

    private final SequencedMap<String, Backup> backups = new LinkedHashMap<>();

    /** A backup of one of three members. */
    private void take(String cluster, int node, SimulatedDisk disk) {
        MemberStatus member = new MemberStatus(
                Optional.of(new NodeId(node)),
                "",
                true,
                MemberState.UP,
                Instant.EPOCH,
                1,
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty());
        backups.put(
                "backup " + backups.size(),
                CellBackup.of(
                        disk,
                        new ClusterStatus(Optional.of(cluster), true, false, "", List.of(member, member, member)),
                        unused -> {}));
    }

    private static void put(SimulatedDisk disk, String key, long counter, @Nullable String value) {
        Tag tag = new Tag(counter, new Epoch(1, 2), new NodeId(3));
        Cell cell = Cell.of(Bytes.utf8(key), tag, value == null ? null : Bytes.utf8(value));
        disk.write(new WriteBatch().put(CellStore.cellKey(Bytes.utf8(key)), cell.encoded()), Durability.SYNC);
    }

    private static String value(CellStore store, String key) {
        Cell cell = store.read(Bytes.utf8(key));
        return cell == null
                ? "none"
                : cell.isTombstone() ? "deleted" : cell.value().toUtf8();
    }

    @Test
    void theNewestCellOfEachKeyIsTakenAndTheHighWaterMarkIsAboveThemAll() {
        SimulatedDisk first = new SimulatedDisk();
        put(first, "a", 5, "old");
        put(first, "b", 9, null);
        put(first, "c", 2, "alone");
        SimulatedDisk second = new SimulatedDisk();
        put(second, "a", 6, "new");
        put(second, "b", 4, "deleted since");
        take("c1", 1, first);
        take("c1", 2, second);
        SimulatedDisk target = new SimulatedDisk();

        assertEquals(3, RestoredCluster.of(backups).write(target, PEERS, new SeededRandom(9)));

        CellStore store = CellStore.open(target, Durability.SYNC, new SeededRandom(10));
        assertEquals("new", value(store, "a"));
        assertEquals("deleted", value(store, "b"));
        assertEquals("alone", value(store, "c"));
        assertEquals(9, store.initialHighWater());
        Membership cluster = store.cluster().orElseThrow();
        assertEquals(3, cluster.size());
        assertTrue(cluster.isFounder(store.node()));
        assertTrue(cluster.member(1).isVacant() && cluster.member(2).isVacant());
    }

    @Test
    void whatIsDeletedForGoodDoesNotComeBackOutOfAnOlderBackup() {
        SimulatedDisk older = new SimulatedDisk();
        put(older, "deleted since", 4, "old");
        put(older, "kept", 5, "kept");
        put(older, "later", 9, "later");
        SimulatedDisk settled = new SimulatedDisk();
        put(settled, "kept", 5, "kept");
        WriteBatch batch = new WriteBatch();
        CellStore.putRecord(batch, CellStore.MemberRecord.FLOOR.key(), new Floor(7, 7).encoded());
        settled.write(batch, Durability.SYNC);
        take("c1", 1, older);
        take("c1", 2, settled);
        SimulatedDisk target = new SimulatedDisk();

        assertEquals(2, RestoredCluster.of(backups).write(target, PEERS, new SeededRandom(9)));

        CellStore store = CellStore.open(target, Durability.SYNC, new SeededRandom(10));
        assertEquals("none", value(store, "deleted since"));
        assertEquals("kept", value(store, "kept"));
        assertEquals("later", value(store, "later"));
    }

    @Test
    void whatMayBeMissingIsToldByTheNumberOfMembersOfWhichThereIsABackup() {
        take("c1", 1, new SimulatedDisk());
        assertTrue(RestoredCluster.of(backups).loss().contains("1 of the 3 members, and 2 are needed"));
        take("c1", 1, new SimulatedDisk());
        assertTrue(RestoredCluster.of(backups).loss().contains("1 of the 3 members, and 2 are needed"));
        take("c1", 2, new SimulatedDisk());
        assertTrue(RestoredCluster.of(backups).loss().contains("every write that was acknowledged before"));
        assertEquals(3, RestoredCluster.of(backups).found().size());
    }

    @Test
    void noBackupsAndThoseOfTwoClustersAreRefused() {
        assertThrows(InvalidRequestException.class, () -> RestoredCluster.of(backups));
        take("c1", 1, new SimulatedDisk());
        take("c2", 2, new SimulatedDisk());
        assertThrows(InvalidRequestException.class, () -> RestoredCluster.of(backups));
    }

    @Test
    void aCellThatIsNoneIsRefused() {
        SimulatedDisk disk = new SimulatedDisk();
        disk.write(new WriteBatch().put(CellStore.cellKey(Bytes.utf8("a")), new byte[3]), Durability.SYNC);
        take("c1", 1, new SimulatedDisk());
        Backup made = backups.firstEntry().getValue();
        backups.put("backup 0", new Backup(made.origin(), disk.scan(new byte[0], new byte[0])));
        assertThrows(
                StorageException.class,
                () -> RestoredCluster.of(backups).write(new SimulatedDisk(), PEERS, new SeededRandom(1)));
    }

    @Test
    void anOriginWithoutTheNumberOfMembersIsRefused() {
        take("c1", 1, new SimulatedDisk());
        Backup made = backups.firstEntry().getValue();
        backups.put("backup 0", new Backup(Map.of("cluster", "c1"), made.cells()));
        assertThrows(InvalidRequestException.class, () -> RestoredCluster.of(backups));
    }
}
