package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.StoreClock.Dot;

class StoreClockTest {

    private static final NodeId A = new NodeId(1);
    private static final NodeId B = new NodeId(2);
    private static final long LIFE = new Epoch(3, 5L << 32).life();
    private static final long NEXT_LIFE = new Epoch(4, 5L << 32).life();

    private static StoreClock of(NodeId node, long life, long... numbers) {
        StoreClock clock = new StoreClock();
        for (long number : numbers) {
            clock.add(new Dot(node, life, number));
        }
        return clock;
    }

    @Test
    void roundsInAnyOrderAreTheSameRounds() {
        assertEquals(of(A, LIFE, 1, 2, 3, 4, 5), of(A, LIFE, 5, 2, 4, 1, 3));
        assertTrue(of(A, LIFE, 1, 2, 3).covers(of(A, LIFE, 1, 3)));
        assertFalse(of(A, LIFE, 1, 3).covers(of(A, LIFE, 1, 2, 3)));
        assertFalse(of(A, LIFE, 1, 2).covers(of(B, LIFE, 1)));
    }

    @Test
    void roundsOfAnotherLifeAreOtherRounds() {
        StoreClock clock = of(A, LIFE, 1, 2);
        assertFalse(clock.add(new Dot(A, NEXT_LIFE, 1)), "it cannot tell the rounds of the life before any more");
        assertFalse(clock.covers(of(A, LIFE, 1)));
        assertTrue(clock.covers(of(A, NEXT_LIFE, 1)));
        assertFalse(clock.add(new Dot(A, LIFE, 3)), "nor one that comes late");
        assertFalse(clock.covers(of(A, LIFE, 3)));
    }

    @Test
    void whatIsTakenFromAnotherIsHeld() {
        StoreClock clock = of(A, LIFE, 1, 2, 7);
        assertTrue(clock.merge(of(A, LIFE, 2, 3, 4, 5, 6)));
        assertTrue(clock.merge(of(B, LIFE, 4)));
        assertTrue(clock.covers(of(A, LIFE, 1, 2, 3, 4, 5, 6, 7)));
        assertTrue(clock.covers(of(B, LIFE, 4)));
        assertFalse(clock.merge(of(A, NEXT_LIFE, 1)), "the life before cannot be told any more");
    }

    @Test
    void tooManyGapsAreNotTold() {
        StoreClock clock = new StoreClock();
        boolean isWhole = true;
        for (long number = 1; isWhole; number += 2) {
            assertTrue(number < 1000);
            isWhole = clock.add(new Dot(A, LIFE, number));
        }
        assertFalse(clock.covers(of(A, LIFE, 1)));
    }

    @Test
    void itIsReadAsItWasWritten() {
        StoreClock clock = of(A, LIFE, 1, 2, 5);
        clock.add(new Dot(B, NEXT_LIFE, 9));
        ByteBuffer buffer = ByteBuffer.allocate(clock.encodedBytes());
        clock.encode(buffer);
        assertEquals(0, buffer.remaining());
        assertEquals(clock, StoreClock.decode(buffer.flip()));
    }
}
