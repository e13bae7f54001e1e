package org.mostdb.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a run is to do.
 *
 * @param duration after which no further fault begins
 * @param nodes of the cluster
 * @param clients of all nodes together
 * @param keys written at a time
 * @param kinds of faults to choose from
 * @param round after which all is healed and judged, again and again
 * @param longestPause of a frozen node
 * @param engine of the nodes' stores
 * @param serverJar what the nodes run
 * @param keep where to leave what a failure is explained with
 */
record RunOptions(
        Duration duration,
        int nodes,
        int clients,
        int keys,
        long seed,
        List<FaultKind> kinds,
        Duration round,
        Duration longestPause,
        String engine,
        Path serverJar,
        Path keep) {

    // With this a key is asked for some dozens of times in the few seconds before others are taken, and a history that
    // is judged has hundreds of operations and not thousands.
    private static final int OPERATIONS_PER_KEY = 100;
    private static final Duration LONGEST_PAUSE_OF_CLIENT = Duration.ofMillis(30);

    CheckedLoad.Shape shape() {
        return new CheckedLoad.Shape(clients, keys, OPERATIONS_PER_KEY, LONGEST_PAUSE_OF_CLIENT);
    }

    /** The arguments with which the same faults are drawn again. */
    String arguments() {
        return "--duration " + duration.toSeconds() + "s --nodes " + nodes + " --clients " + clients + " --keys " + keys
                + " --seed " + seed + " --round " + round.toSeconds() + "s --longest-pause " + longestPause.toSeconds()
                + "s --engine " + engine + " --faults "
                + String.join(",", kinds.stream().map(FaultKind::word).toList());
    }
}
