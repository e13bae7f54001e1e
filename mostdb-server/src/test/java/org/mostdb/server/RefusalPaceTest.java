package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RefusalPaceTest {

    private static final long INTERVAL_NANOS = 1_000_000_000L / RefusalPace.PER_SECOND;

    private final RefusalPace pace = new RefusalPace();

    /** Later than when it was made. */
    private final long startNanos = System.nanoTime();

    @Test
    void belowTheRateARefusalLeavesAtOnce() {
        for (int i = 0; i < 10; i++) {
            assertEquals(0, pace.pauseNanos(startNanos + i * INTERVAL_NANOS));
        }
    }

    @Test
    void aboveTheRateEachWaitsForItsTurnAndNoneLongerThanTheLongestPause() {
        for (int i = 0; i < RefusalPace.PER_SECOND; i++) {
            assertEquals(i * INTERVAL_NANOS, pace.pauseNanos(startNanos));
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(RefusalPace.LONGEST_NANOS, pace.pauseNanos(startNanos));
        }
        assertEquals(0, pace.pauseNanos(startNanos + RefusalPace.LONGEST_NANOS));
    }
}
