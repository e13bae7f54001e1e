package org.mostdb.quorum;

import java.util.Arrays;
import java.util.Map;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;

/** The cells of a node's store under the keys of the clients. */
final class CellBackup implements Scan {

    static final String CLUSTER = "cluster";
    static final String NODE = "node";
    static final String MEMBERS = "members";
    static final String SETTLED = "settled";

    private final Scan scan;

    private CellBackup(Scan scan) {
        this.scan = scan;
    }

    static Backup of(StorageEngine engine, ClusterStatus status) {
        while (true) {
            // No tombstone is dropped before it is recorded that it is settled: so if that is the same before and
            // after,
            // it is so in the snapshot.
            long before = settled(engine);
            Scan snapshot = engine.scan(CellStore.FIRST_CELL, CellStore.END_OF_CELLS);
            if (settled(engine) == before) {
                return of(snapshot, before, status);
            }
            snapshot.close();
        }
    }

    private static long settled(StorageEngine engine) {
        return Floor.decode(engine.get(CellStore.MemberRecord.FLOOR.key()).orElseGet(() -> new byte[0]))
                .settled();
    }

    private static Backup of(Scan snapshot, long settled, ClusterStatus status) {
        Map<String, String> origin = Map.of(
                SETTLED, Long.toString(settled),
                CLUSTER, status.clusterId().orElseThrow(),
                NODE, status.members().getFirst().id().orElseThrow().toString(),
                MEMBERS, Integer.toString(status.members().size()));
        return new Backup(origin, new CellBackup(snapshot));
    }

    @Override
    public boolean next() {
        return scan.next();
    }

    @Override
    public byte[] key() {
        byte[] stored = scan.key();
        return Arrays.copyOfRange(stored, 1, stored.length);
    }

    @Override
    public byte[] value() {
        return scan.value();
    }

    @Override
    public void close() {
        scan.close();
    }
}
