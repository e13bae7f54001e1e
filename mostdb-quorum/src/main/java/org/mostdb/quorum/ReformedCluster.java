package org.mostdb.quorum;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.StorageEngine;

/**
 * A new cluster of what the stores of another one hold, merged by tag into the store of its founder, see
 * {@link FounderStore}.
 *
 * <p>It holds every acknowledged write if the stores are those of enough members: a write is on a majority of the
 * recorded members, and every majority has one of n - majority + 1.
 */
final class ReformedCluster implements Reformation {

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
        long settled = stores.stream().mapToLong(LeftStore::settled).max().orElse(0);
        FounderStore founder = new FounderStore(target, settled);
        for (LeftStore store : stores) {
            store.forEachCell((key, cell) -> founder.take(key, cell, store.settled()));
            founder.endOfSource(store.highWater());
        }
        return founder.found(peers, random);
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
}
