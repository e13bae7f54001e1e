package org.mostdb.quorum;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.testkit.SeededRandom;
import org.mostdb.testkit.SimulatedDisk;
import org.mostdb.testkit.SimulatedHost;
import org.mostdb.testkit.SimulatedRun;

/**
 * A simulated run that begins with a reformed cluster: the first node has what was left of another one, all others have
 * empty disks. Whoever votes must hold all that the cluster was founded with.
 */
final class ReformedRun {

    private static final int FOUNDING_KEYS = 7;

    private final long seed;
    private final QuorumCoverage coverage = new QuorumCoverage();
    private @Nullable Membership newest;
    private final Set<Integer> places = new HashSet<>();
    private boolean isFounderLostEarly;
    private @Nullable SimulatedHost first;

    private ReformedRun(long seed) {
        this.seed = seed;
    }

    /**
     * How a run went.
     *
     * @param isExcused whether the cluster rightly did not serve: its founder's store was lost, or was away in the end,
     *     when not all places had had a voter
     */
    record Ended(SimulatedRun.Result result, boolean isExcused) {

        /** What must not have happened. */
        Optional<String> violation() {
            return result.violation().filter(text -> !isExcused || !text.startsWith("all faults are over"));
        }
    }

    static Ended of(long seed) {
        ReformedRun run = new ReformedRun(seed);
        SimulatedRun.Result result = SimulatedRun.of(seed, run::start)
                .orViolation(run.coverage.claims().violation());
        return new Ended(result, run.isExcused());
    }

    private boolean isExcused() {
        boolean isFounderAway = first != null && first.node() == null;
        return isFounderLostEarly || (isFounderAway && !isWhole());
    }

    /** Whether somebody has voted at each place. */
    private boolean isWhole() {
        return newest != null && places.size() == newest.size();
    }

    private QuorumNode start(SimulatedHost host, SimulatedRun.Settings settings) {
        if (host.place() == 0) {
            first = host;
            boolean isEmpty =
                    host.disk().get(CellStore.MemberRecord.CLUSTER.key()).isEmpty();
            if (isEmpty && newest == null) {
                // Again, if a crash took it back: an operator would not be told that it is done.
                found(host);
            } else if (isEmpty) {
                isFounderLostEarly |= !isWhole();
            }
        }
        return new QuorumNode(host, settings, coverage) {
            @Override
            public void flush() {
                super.flush();
                look(this);
            }
        };
    }

    private void found(SimulatedHost host) {
        SimulatedDisk left = new SimulatedDisk();
        CellStore before = CellStore.open(left, Durability.SYNC, new SeededRandom(seed));
        for (int i = 0; i < FOUNDING_KEYS; i++) {
            Cell cell = Cell.of(key(i), new Tag(1000 + i, before.epoch(), before.node()), Bytes.utf8("founding"));
            before.write(new CellStore.WriteJob(Map.of(key(i), cell), Map.of(), 1000 + i));
        }
        SequencedMap<String, StorageEngine> stores = new LinkedHashMap<>();
        stores.put("left", left);
        ReformedCluster.of(stores).write(host.disk(), host.link().peers(), new SeededRandom(seed + 1));
    }

    private static Bytes key(int i) {
        return Bytes.utf8("founding" + i);
    }

    private void look(QuorumNode node) {
        if (!node.core.members().isVoting()) {
            return;
        }
        Membership view = node.core.members().roster().view();
        Membership before = newest;
        newest = before == null ? view : before.isOfSameClusterAs(view) ? before.merge(view) : before;
        if (!newest.isOfSameClusterAs(view)) {
            // Its founder was lost when nobody else had anything, so that the others began with nothing.
            return;
        }
        List<Member> members = newest.members();
        NodeId self = node.store.node();
        places.add(view.placeOf(self));
        for (int i = 0; i < FOUNDING_KEYS; i++) {
            // A damaged one may be there: it will be found.
            if (node.host.disk().get(CellStore.cellKey(key(i))).isEmpty()) {
                throw new AssertionError("node " + self + " votes without " + key(i) + ", members " + members);
            }
        }
    }
}
