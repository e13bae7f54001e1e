package org.mostdb.load;

import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/** An endless row of requests. First {@link #operation} is asked, then {@link #key}, for each in turn. */
interface Requests {

    Operation operation();

    int key();

    /** Drawn as a plan says. */
    static Requests drawn(LoadPlan plan, SplittableRandom random) {
        IntSupplier keys = plan.keys().keys(random);
        int reads = plan.readPercent();
        int readsAndDeletes = reads + plan.deletePercent();
        return new Requests() {
            @Override
            public Operation operation() {
                int percent = random.nextInt(100);
                return percent < reads ? Operation.GET : percent < readsAndDeletes ? Operation.DEL : Operation.SET;
            }

            @Override
            public int key() {
                return keys.getAsInt();
            }
        };
    }

    /** Sets the keys {@code first}, {@code first + step} and so on. */
    static Requests setsOfEach(int first, int step) {
        return new Requests() {
            private int next = first;

            @Override
            public Operation operation() {
                return Operation.SET;
            }

            @Override
            public int key() {
                int key = next;
                next += step;
                return key;
            }
        };
    }
}
