package org.mostdb.quorum;

import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A checker that has caught nothing proves nothing. */
@Execution(ExecutionMode.CONCURRENT)
class KnownBadTest {

    private static final int SEEDS = 10_000;

    @ParameterizedTest
    @EnumSource
    void everyKnownBadVariantIsCaught(KnownBad variant) {
        for (long seed = 1; seed <= SEEDS; seed++) {
            if (caughtLoss(variant, seed)) {
                return;
            }
        }
        throw new AssertionError(variant + " was not caught within " + SEEDS + " seeds");
    }

    /** A history that is not linearizable; not merely a cluster that does not serve. */
    static boolean caughtLoss(KnownBad variant, long seed) {
        return variant.run(seed)
                .violation()
                .filter(text -> text.contains("not linearizable"))
                .isPresent();
    }
}
