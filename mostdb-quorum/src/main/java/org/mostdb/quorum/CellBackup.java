package org.mostdb.quorum;

import java.util.Map;
import java.util.function.Consumer;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;

/** The cells of a node's store under the keys of the clients, verified. */
final class CellBackup implements Scan {

    static final String CLUSTER = "cluster";
    static final String NODE = "node";
    static final String MEMBERS = "members";
    static final String SETTLED = "settled";

    private final Scan scan;
    private final Consumer<StorageException> storeFailed;

    private CellBackup(Scan scan, Consumer<StorageException> storeFailed) {
        this.scan = scan;
        this.storeFailed = storeFailed;
    }

    /** @param storeFailed told, by the thread that reads the backup, if the store cannot be read or is damaged */
    static Backup of(StorageEngine engine, ClusterStatus status, Consumer<StorageException> storeFailed) {
        try {
            while (true) {
                // No tombstone is dropped before it is recorded that it is settled: so if that is the same before and
                // after, it is so in the snapshot.
                long before = settled(engine);
                Scan snapshot = engine.scan(CellStore.FIRST_CELL, CellStore.END_OF_CELLS);
                if (settled(engine) == before) {
                    return of(new CellBackup(snapshot, storeFailed), before, status);
                }
                snapshot.close();
            }
        } catch (StorageException e) {
            storeFailed.accept(e);
            throw e;
        }
    }

    private static long settled(StorageEngine engine) {
        return Floor.decode(CellStore.recorded(engine, CellStore.MemberRecord.FLOOR))
                .settled();
    }

    private static Backup of(CellBackup cells, long settled, ClusterStatus status) {
        Map<String, String> origin = Map.of(
                SETTLED, Long.toString(settled),
                CLUSTER, status.clusterId().orElseThrow(),
                NODE, status.members().getFirst().id().orElseThrow().toString(),
                MEMBERS, Integer.toString(status.members().size()));
        return new Backup(origin, cells);
    }

    @Override
    public boolean next() {
        try {
            boolean isThere = scan.next();
            if (isThere) {
                CellStore.decode(CellStore.clientKey(scan.key()), scan.value());
            }
            return isThere;
        } catch (StorageException e) {
            storeFailed.accept(e);
            throw e;
        }
    }

    @Override
    public byte[] key() {
        return CellStore.clientKey(scan.key()).array();
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
