package org.mostdb.quorum;

import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.testkit.ReplicationPolicyContract;

class MajorityPolicyTest extends ReplicationPolicyContract {

    @Override
    protected ReplicationPolicyProvider provider() {
        return new MajorityPolicyProvider();
    }
}
