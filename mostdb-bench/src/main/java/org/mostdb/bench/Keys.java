package org.mostdb.bench;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Keys of a {@link PreloadedStore} in an order drawn beforehand, so that drawing them is not measured: each equally
 * often ({@code random}), or a few most of the time ({@code skewed}: Zipf's law, spread over the store).
 */
@State(Scope.Thread)
public class Keys {

    /** As many as a cursor can go around with a mask; more than enough to leave a block cache cold. */
    private static final int DRAWN = 1 << 16;

    /** {@code random} or {@code skewed}. */
    @Param({"random", "skewed"})
    public String keys = "random";

    private final byte[][] drawn = new byte[DRAWN][];
    private int cursor;

    /** Draws the keys. */
    @Setup(Level.Trial)
    public void setUp() {
        Random random = new Random(2);
        double[] cumulative = keys.equals("skewed") ? zipf() : new double[0];
        for (int i = 0; i < DRAWN; i++) {
            drawn[i] = PreloadedStore.key(
                    keys.equals("skewed")
                            ? skewed(cumulative, random.nextDouble())
                            : random.nextInt(PreloadedStore.KEYS));
        }
    }

    byte[] next() {
        cursor = (cursor + 1) & (DRAWN - 1);
        return drawn[cursor];
    }

    /** The chance that a key is among the first so many of the most wanted, for an exponent of 1. */
    private static double[] zipf() {
        double[] cumulative = new double[PreloadedStore.KEYS];
        double sum = 0;
        for (int rank = 0; rank < cumulative.length; rank++) {
            sum += 1.0 / (rank + 1);
            cumulative[rank] = sum;
        }
        for (int rank = 0; rank < cumulative.length; rank++) {
            cumulative[rank] /= sum;
        }
        return cumulative;
    }

    private static int skewed(double[] cumulative, double chance) {
        int found = Arrays.binarySearch(cumulative, chance);
        int rank = Math.min(found < 0 ? -found - 1 : found, PreloadedStore.KEYS - 1);
        // A prime that does not divide the number of keys: neighbours in rank are far apart in the store.
        return (int) (rank * 7_919L % PreloadedStore.KEYS);
    }

    /** Keys for writes: each equally often, and a value that does not compress and never repeats. */
    @State(Scope.Thread)
    public static class ForWrites {

        private final Keys keys = new Keys();
        private final SplittableRandom random = new SplittableRandom(3);

        /** Draws the keys. */
        @Setup(Level.Trial)
        public void setUp() {
            keys.setUp();
        }

        byte[] next() {
            return keys.next();
        }

        byte[] value() {
            byte[] value = new byte[PreloadedStore.VALUE_BYTES];
            random.nextBytes(value);
            return value;
        }
    }
}
