package org.mostdb.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PaceTest {

    @Test
    void anOpenLoopsRequestsAreDueAtFixedTimesHoweverLateTheyAreTaken() {
        Pace pace = Pace.open(1_000, 1_000_000, 10_000_000, 3);

        assertEquals(1_000, pace.due(0));
        assertEquals(1_000, pace.due(50_000));
        pace.take();
        assertEquals(2_000, pace.due(50_000));
        pace.take();
        assertEquals(3_000, pace.due(50_000));
        pace.take();
        assertEquals(Pace.NEVER, pace.due(50_000));
        assertEquals(0, pace.givenUp());
    }

    @Test
    void whatAnOpenLoopCouldNotSendInTimeIsGivenUpAndCounted() {
        Pace pace = Pace.open(0, 1_000, 5_000, 10);
        pace.take();

        assertEquals(Pace.NEVER, pace.due(5_000));
        assertEquals(9, pace.givenUp());
    }

    @Test
    void aClosedLoopAsksAtOnceUntilItsTimeOrItsNumberIsOver() {
        Pace byTime = Pace.closed(100, Long.MAX_VALUE);
        assertEquals(99, byTime.due(99));
        assertEquals(Pace.NEVER, byTime.due(100));
        assertEquals(0, byTime.givenUp());

        Pace byNumber = Pace.closed(Pace.NEVER, 1);
        assertEquals(99, byNumber.due(99));
        byNumber.take();
        assertEquals(Pace.NEVER, byNumber.due(99));
    }
}
