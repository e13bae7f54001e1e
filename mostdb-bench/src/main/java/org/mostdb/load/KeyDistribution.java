package org.mostdb.load;

import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.apache.commons.rng.sampling.distribution.RejectionInversionZipfSampler;

/**
 * How often each key is asked for: the keys are the numbers from 1 to {@code count}.
 *
 * @param exponent of Zipf's law, by which the key of rank {@code r} is asked for in proportion to
 *     {@code r}<sup>−exponent</sup>; 0 for each key equally often
 */
record KeyDistribution(int count, double exponent) {

    /** A prime above any count: multiplied by it, ranks are spread over the keys, each to a key of its own. */
    private static final long SPREAD = Integer.MAX_VALUE;

    static final int MAX_COUNT = Integer.MAX_VALUE - 1;

    boolean isUniform() {
        return exponent == 0;
    }

    /** An endless row of keys. */
    IntSupplier keys(SplittableRandom random) {
        if (isUniform()) {
            return () -> 1 + random.nextInt(count);
        }
        var ranks = RejectionInversionZipfSampler.of(random::nextLong, count, exponent);
        return () -> keyOfRank(ranks.sample());
    }

    /**
     * The key that is asked for most often is that of rank 1. Neighbours in rank are far apart, as hot keys mostly are.
     */
    int keyOfRank(int rank) {
        return 1 + (int) (rank * SPREAD % count);
    }

    @Override
    public String toString() {
        return isUniform() ? "uniform" : "zipf:" + exponent;
    }
}
