package org.mostdb.faults;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * All members come to hold the same, though nobody reads: each is asked by how much it knows the others to be behind.
 */
final class Convergence {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String BEHIND = "behind";

    private Convergence() {}

    /** Waits for it while nobody writes. Servers that do not tell how far members are behind are not waited for. */
    static void await(Site site) {
        Await.until("no member is behind", PATIENCE, () -> {
            List<ClusterView> views = site.views();
            boolean holds = views.size() == site.size()
                    && views.stream().flatMap(view -> view.members().stream()).allMatch(Convergence::hasAll);
            if (!holds) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
            return holds;
        });
    }

    private static boolean hasAll(Map<String, String> member) {
        return "true".equals(member.get("self")) || !member.containsKey(BEHIND) || "0".equals(member.get(BEHIND));
    }
}
