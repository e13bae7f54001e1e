package org.mostdb.quorum;

import java.util.SequencedMap;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.ReplicationPolicy;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.StorageEngine;

/** The policy {@code majority}: linearizable registers by majority, without a leader. */
public final class MajorityPolicyProvider implements ReplicationPolicyProvider {

    /** For {@link java.util.ServiceLoader}. */
    public MajorityPolicyProvider() {}

    @Override
    public String name() {
        return "majority";
    }

    @Override
    public ReplicationPolicy start(PolicyContext context) {
        return MajorityPolicy.start(context);
    }

    @Override
    public Reformation reform(SequencedMap<String, StorageEngine> stores) {
        return ReformedCluster.of(stores);
    }

    @Override
    public Reformation restore(SequencedMap<String, Backup> backups) {
        return RestoredCluster.of(backups);
    }
}
