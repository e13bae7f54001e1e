package org.mostdb.quorum;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.quorum.CellStore.MemberRecord;

/**
 * A new cluster of what the stores of another one hold: the newest cell of each key, by its tag, and a high-water mark
 * above them all. It has a new id, and one member with a new id, its founder: the tags of the new cluster are other
 * ones, and no answer of a node of the old one counts. All other places are vacant, see {@link Member}.
 *
 * <p>It holds every acknowledged write if the stores are those of enough members: a write is on a majority of the
 * recorded members, and every majority has one of n - majority + 1.
 */
final class ReformedCluster implements Reformation {

    private static final long BATCH_BYTES = 1 << 20;

    private final List<LeftStore> stores;
    private final @Nullable Membership before;

    private ReformedCluster(List<LeftStore> stores, @Nullable Membership before) {
        this.stores = stores;
        this.before = before;
    }

    static ReformedCluster of(SequencedMap<String, StorageEngine> engines) {
        List<LeftStore> stores = new ArrayList<>();
        engines.forEach((name, engine) -> stores.add(LeftStore.look(name, engine)
                .orElseThrow(() -> new InvalidRequestException(name + " holds no store of a node"))));
        Membership before = null;
        String first = "";
        for (LeftStore store : stores) {
            Membership members = store.cluster().orElse(before);
            if (before == null || members == null) {
                before = members;
                first = store.name();
            } else if (!before.isOfSameClusterAs(members)) {
                throw new InvalidRequestException(first + " belongs to cluster " + before.clusterName() + " and "
                        + store.name() + " to cluster " + members.clusterName()
                        + ": a new cluster is made from stores of one cluster");
            } else {
                before = before.merge(members);
            }
        }
        if (stores.stream().noneMatch(LeftStore::isOfUse)) {
            throw new InvalidRequestException(
                    "there is nothing to make a new cluster from: none of the stores belongs to a cluster");
        }
        return new ReformedCluster(stores, before);
    }

    @Override
    public List<String> found() {
        return stores.stream().map(LeftStore::describe).toList();
    }

    @Override
    public String loss() {
        if (before == null) {
            return "None of these stores belonged to a cluster when it was last used: what they hold may be a part"
                    + " only, and deleted keys may return.";
        }
        Set<NodeId> present = new LinkedHashSet<>();
        List<String> older = olderCopies();
        for (LeftStore store : stores) {
            // Without a recorded cluster it was recovering, and may not have copied all.
            boolean isWhole = store.cluster().isPresent() && !older.contains(store.name());
            if (isWhole && before.contains(store.node())) {
                present.add(store.node());
            }
        }
        int needed = before.size() - before.majority() + 1;
        String counted = (older.isEmpty() ? "" : "Older copies, which do not count: " + String.join(", ", older) + ". ")
                + "These are the stores of " + present.size() + " of the " + before.size() + " members";
        if (present.size() >= needed) {
            return counted + ", and every write that was acknowledged is in at least one of them: nothing that was"
                    + " acknowledged is lost, unless one of them is an older copy.";
        }
        return counted + ", and " + needed + " are needed to be sure of every acknowledged write: writes that were"
                + " acknowledged by members whose stores are missing may be lost, and deleted keys may return.";
    }

    @Override
    public long write(StorageEngine target, List<URI> peers, RandomGenerator random) {
        Copy copy = new Copy(target);
        long highWater = 0;
        for (LeftStore store : stores) {
            store.forEachCell(copy::take);
            copy.flush();
            highWater = Math.max(highWater, store.highWater());
        }
        NodeId founder = new NodeId(random.nextLong());
        Membership members = Membership.founded(random.nextLong(), founder, peers.size() + 1);
        target.write(
                new WriteBatch()
                        .put(CellStore.NODE, CellStore.longBytes(founder.bits()))
                        .put(CellStore.PROGRESS, CellStore.progress(0, highWater))
                        .put(MemberRecord.CLUSTER.key(), members.encoded())
                        .put(MemberRecord.MET.key(), AddressBook.encode(vacantAt(peers, members))),
                Durability.SYNC);
        return copy.keys;
    }

    /** Nobody was met yet; but where a node comes to an address, this is the place that waits for it. */
    private static Map<NodeId, String> vacantAt(List<URI> peers, Membership members) {
        Map<NodeId, String> met = new LinkedHashMap<>();
        for (int peer = 0; peer < peers.size(); peer++) {
            met.put(members.member(peer + 1).id(), peers.get(peer).toString());
        }
        return met;
    }

    /** Which of the stores another one proves to be an older copy. */
    private List<String> olderCopies() {
        List<String> older = new ArrayList<>();
        for (LeftStore store : stores) {
            boolean isOlder = stores.stream()
                    .map(other -> other.marks().get(store.node()))
                    .anyMatch(mark -> mark != null && store.isOlderThan(mark));
            if (isOlder) {
                older.add(store.name());
            }
        }
        return older;
    }

    /** Puts the newest of the cells that come into a store. */
    private static final class Copy {

        private final StorageEngine target;
        private WriteBatch batch = new WriteBatch();
        private long keys;

        private Copy(StorageEngine target) {
            this.target = target;
        }

        /** The batch under way has other keys: those that come from one store, each once. */
        private void take(byte[] key, Cell cell) {
            Cell earlier = target.get(key).map(Cell::decode).orElse(null);
            if (cell.isNewerThan(earlier)) {
                batch.put(key, cell.encoded());
                keys += earlier == null ? 1 : 0;
                if (batch.bytes() > BATCH_BYTES) {
                    flush();
                }
            }
        }

        /** The last batch of all is synced, and makes these durable too. */
        private void flush() {
            target.write(batch, Durability.OS);
            batch = new WriteBatch();
        }
    }
}
