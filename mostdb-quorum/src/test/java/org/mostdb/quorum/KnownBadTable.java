package org.mostdb.quorum;

import org.mostdb.testkit.SimulatedRun;

/** Prints which seed is the first to catch each {@link KnownBad}, for {@code docs/known-bad-variants.md}. */
final class KnownBadTable {

    private KnownBadTable() {}

    /** How many seeds to run for each; then, if not all are wished, a variant's name. */
    public static void main(String[] args) {
        int seeds = Integer.parseInt(args[0]);
        KnownBad[] variants = args.length > 1 ? new KnownBad[] {KnownBad.valueOf(args[1])} : KnownBad.values();
        for (KnownBad variant : variants) {
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
