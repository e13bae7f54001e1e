package org.mostdb.testkit;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** The one source of chance in a simulated run: the same seed gives the same numbers on every machine. */
public final class SeededRandom implements RandomGenerator {

    private final SplittableRandom random;

    /** @param seed neighbouring seeds give unrelated numbers */
    public SeededRandom(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }

    /** Whether something of this probability happens. */
    public boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    /** A number between two bounds, both inclusive. */
    public long between(long least, long greatest) {
        return least + random.nextLong(greatest - least + 1);
    }

    /** A number between two bounds, both inclusive. */
    public int between(int least, int greatest) {
        return least + random.nextInt(greatest - least + 1);
    }

    /** A time that is mostly short and sometimes many times longer; never more than twenty times its mean. */
    public long around(long mean) {
        return Math.min(20 * mean, (long) (-Math.log(1 - random.nextDouble()) * mean));
    }

    /** One of a list that is not empty. */
    public <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
