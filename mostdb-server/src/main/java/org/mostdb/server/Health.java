package org.mostdb.server;

import io.helidon.health.HealthCheck;
import io.helidon.health.HealthCheckResponse;
import io.helidon.health.HealthCheckType;
import java.util.List;
import java.util.function.Supplier;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.spi.ReplicationPolicy;

/** What {@code /health/live} and {@code /health/ready} say. */
final class Health {

    private Health() {}

    /** Live unless the store has failed; ready while reads and writes are served. */
    static List<HealthCheck> checks(Admission admission) {
        return List.of(
                new Check("store", HealthCheckType.LIVENESS, () -> live(admission)),
                new Check("cluster", HealthCheckType.READINESS, () -> ready(admission)));
    }

    private static HealthCheckResponse live(Admission admission) {
        ReplicationPolicy policy = admission.policyIfStarted();
        if (policy == null) {
            return response(true, "ok, this node is starting");
        }
        boolean failed = policy.status().failed();
        return response(
                !failed,
                failed
                        ? "failed: the log of this node says why, and whether it copies from the others by itself"
                        : "ok");
    }

    private static HealthCheckResponse ready(Admission admission) {
        ReplicationPolicy policy = admission.policyIfStarted();
        if (policy == null) {
            return response(false, "This node is starting.");
        }
        if (admission.stopping()) {
            return response(false, "This node is stopping.");
        }
        ClusterStatus status = policy.status();
        return response(status.ready(), status.summary());
    }

    private static HealthCheckResponse response(boolean up, String summary) {
        return HealthCheckResponse.builder()
                .status(up)
                .detail("summary", summary)
                .build();
    }

    private record Check(String name, HealthCheckType type, Supplier<HealthCheckResponse> answer)
            implements HealthCheck {

        @Override
        public HealthCheckResponse call() {
            return answer.get();
        }
    }
}
