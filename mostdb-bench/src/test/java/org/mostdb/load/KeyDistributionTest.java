package org.mostdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyDistributionTest {

    private static final int DRAWN = 1_000_000;

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.99, 1, 1.5})
    void zipfsLawHoldsForEachOfTheFirstRanks(double exponent) {
        int count = 1_000;
        KeyDistribution zipf = new KeyDistribution(count, exponent);
        int[] times = drawn(zipf);
        double sum = 0;
        for (int rank = 1; rank <= count; rank++) {
            sum += Math.pow(rank, -exponent);
        }
        for (int rank = 1; rank <= 20; rank++) {
            double expected = DRAWN * Math.pow(rank, -exponent) / sum;
            assertEquals(expected, times[zipf.keyOfRank(rank)], 5 * Math.sqrt(expected), "rank " + rank);
        }
    }

    @Test
    void uniformAsksForEachKeyEquallyOften() {
        int count = 100;
        int[] times = drawn(new KeyDistribution(count, 0));
        double expected = (double) DRAWN / count;
        for (int key = 1; key <= count; key++) {
            assertEquals(expected, times[key], 5 * Math.sqrt(expected), "key " + key);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100, 7_919, 100_000})
    void eachRankHasAKeyOfItsOwn(int count) {
        KeyDistribution zipf = new KeyDistribution(count, 1);
        Set<Integer> keys = new HashSet<>();
        for (int rank = 1; rank <= count; rank++) {
            keys.add(zipf.keyOfRank(rank));
        }
        assertEquals(count, keys.size());
        assertEquals(1, keys.stream().mapToInt(Integer::intValue).min().orElseThrow());
        assertEquals(count, keys.stream().mapToInt(Integer::intValue).max().orElseThrow());
    }

    private static int[] drawn(KeyDistribution distribution) {
        IntSupplier keys = distribution.keys(new SplittableRandom(1));
        int[] times = new int[distribution.count() + 1];
        for (int i = 0; i < DRAWN; i++) {
            times[keys.getAsInt()]++;
        }
        return times;
    }
}
