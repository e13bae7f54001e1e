package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LivesTest {

    private static final Lives THREE =
            new Lives(List.of()).next(11L << 32, 1).next(22L << 32, 10).next(33L << 32, 20);

    private static long life(int number, long random) {
        return new Epoch(number, random << 32).life();
    }

    @Test
    void aStoreHoldsWhatWasToldBeforeTheNextLifeBegan() {
        assertTrue(THREE.hold(new Mark(life(1, 11), 9)));
        assertFalse(THREE.hold(new Mark(life(1, 11), 10)));
        assertTrue(THREE.hold(new Mark(life(2, 22), 19)));
        assertFalse(THREE.hold(new Mark(life(2, 22), 20)));
    }

    @Test
    void itHoldsAllOfThePresentLife() {
        assertTrue(THREE.hold(new Mark(life(3, 33), 1_000)));
    }

    @Test
    void itDoesNotHoldALifeThatItDoesNotKnow() {
        assertFalse(THREE.hold(new Mark(life(4, 44), 1)));
        assertFalse(THREE.hold(new Mark(life(2, 99), 1)), "another life of the same number");
    }

    @Test
    void theyAreReadAsTheyWereWritten() {
        assertEquals(THREE, Lives.decode(THREE.encoded()));
    }

    @Test
    void theOldestAreForgottenAndNotMissed() {
        Lives many = new Lives(List.of());
        for (int i = 1; i <= 1500; i++) {
            many = many.next((long) i << 32, i);
        }
        assertEquals(1000, many.lives().size());
        assertEquals(1500, many.present().number());
        assertTrue(many.hold(new Mark(life(400, 400), 400)));
        assertFalse(many.hold(new Mark(life(1200, 1200), 1201)));
    }
}
