package org.mostdb.quorum;

import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.ReplicationPolicy;
import org.mostdb.api.spi.ReplicationPolicyProvider;

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
}
