package org.mostdb.quorum;

import org.mostdb.testkit.SimulatedRun;

/** Prints which seed is the first to catch each {@link KnownBad}, for {@code docs/known-bad-variants.md}. */
final class KnownBadTable {

    private KnownBadTable() {}

    /** The only argument is how many seeds to run for each. */
    public static void main(String[] args) {
        int seeds = Integer.parseInt(args[0]);
        for (KnownBad variant : KnownBad.values()) {
            long first = 0;
            int losses = 0;
            int others = 0;
            for (long seed = 1; seed <= seeds; seed++) {
                SimulatedRun.Result result = variant.run(seed);
                String violation = result.violation().orElse("");
                if (violation.contains("not linearizable")) {
                    losses++;
                    first = first == 0 ? seed : first;
                } else if (!violation.isEmpty()) {
                    others++;
                }
            }
            System.out.printf("| %s | %d | %d of %d | %d |%n", variant, first, losses, seeds, others);
        }
    }
}
