package org.mostdb.quorum;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.quorum.CellStore.MemberRecord;

/**
 * The store of a new cluster's founder in the making: of all cells that come, the newest of each key, and a high-water
 * mark above them all. The cluster has a new id, and one member with a new id: the tags that it will give out are other
 * ones than those of the cells, and no answer of a node that the cells come from counts. All other places are vacant,
 * see {@link Member}.
 */
final class FounderStore {

    private static final long BATCH_BYTES = 1 << 20;

    private final StorageEngine target;
    private final long settled;
    private WriteBatch batch = new WriteBatch();
    private long keys;
    private long highWater;

    /**
     * @param target open and empty
     * @param settled the highest counter up to which any of the sources is settled
     */
    FounderStore(StorageEngine target, long settled) {
        this.target = target;
        this.settled = settled;
    }

    /**
     * One source gives each key once, so the batch under way has other keys. Up to the highest counter that is settled
     * anywhere, only those settled up to there count: they hold all that any held, and another may hold what they have
     * dropped a tombstone for.
     *
     * @param settledInSource up to which counter the source is settled
     */
    void take(Bytes key, Cell cell, long settledInSource) {
        if (settledInSource < settled && cell.tag().counter() <= settled) {
            return;
        }
        byte[] engineKey = CellStore.cellKey(key);
        Cell earlier =
                target.get(engineKey).map(stored -> Cell.decode(key, stored)).orElse(null);
        highWater = Math.max(highWater, cell.tag().counter());
        if (cell.isNewerThan(earlier)) {
            batch.put(engineKey, cell.encoded());
            if (cell.isTombstone()) {
                Tombstones.put(batch, key, cell);
            }
            keys += earlier == null ? 1 : 0;
            if (batch.bytes() > BATCH_BYTES) {
                flush();
            }
        }
    }

    /** @param knownHighWater what the source had as its mark, 0 if it had none */
    void endOfSource(long knownHighWater) {
        highWater = Math.max(highWater, knownHighWater);
        flush();
    }

    /** The last batch of all is synced, and makes these durable too. */
    private void flush() {
        target.write(batch, Durability.OS);
        batch = new WriteBatch();
    }

    /** Records the new cluster, and makes all durable. Returns how many keys the store holds. */
    long found(List<URI> peers, RandomGenerator random) {
        NodeId founder = new NodeId(random.nextLong());
        Membership members = Membership.founded(random.nextLong(), founder, peers.size() + 1);
        WriteBatch records = new WriteBatch();
        CellStore.putRecord(records, CellStore.NODE, CellStore.longBytes(founder.bits()));
        CellStore.putRecord(records, CellStore.PROGRESS, CellStore.progress(0, highWater));
        CellStore.putRecord(records, MemberRecord.CLUSTER.key(), members.encoded());
        CellStore.putRecord(records, MemberRecord.MET.key(), AddressBook.encode(vacantAt(peers, members)));
        target.write(records, Durability.SYNC);
        return keys;
    }

    /** Nobody was met yet; but where a node comes to an address, this is the place that waits for it. */
    private static Map<NodeId, String> vacantAt(List<URI> peers, Membership members) {
        Map<NodeId, String> met = new LinkedHashMap<>();
        for (int peer = 0; peer < peers.size(); peer++) {
            met.put(members.member(peer + 1).id(), peers.get(peer).toString());
        }
        return met;
    }
}
