package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RequestMemoryTest {

    @Test
    void allThatIsThereCanBeTakenAndNotOneByteMore() {
        RequestMemory memory = new RequestMemory(100, 0);
        try (RequestMemory.Share one = memory.share();
                RequestMemory.Share two = memory.share()) {
            assertTrue(one.tryTake(60));
            assertFalse(two.tryTake(41));
            assertTrue(two.tryTake(40));
            assertFalse(one.tryTake(1));
            two.shrinkTo(39);
            assertTrue(one.tryTake(1));
            assertEquals(100, memory.takenBytes());
        }
        assertEquals(0, memory.takenBytes());
    }

    @Test
    void aRequestThatIsAloneGetsWhatItNeeds() {
        RequestMemory memory = new RequestMemory(100, 0);
        try (RequestMemory.Share alone = memory.share();
                RequestMemory.Share next = memory.share()) {
            assertTrue(alone.tryTake(1_000));
            assertTrue(alone.tryTake(1_000));
            assertFalse(next.tryTake(1));
        }
    }

    @Test
    void aReadTakesWhatTheGreatestValueOfLateNeedsUntilItKnowsItsOwn() {
        RequestMemory memory = new RequestMemory(10_000, 1_000);
        try (RequestMemory.Share share = memory.share()) {
            assertTrue(share.tryTake(50));
            assertTrue(share.takeForValue());
            assertEquals(50 + 3 * 1_000, memory.takenBytes());
            assertTrue(share.hasRoomForValue(50, 2_000));
            assertEquals(50 + 3 * 2_000, memory.takenBytes());
        }
        for (int i = 0; i < 10_000; i++) {
            try (RequestMemory.Share share = memory.share()) {
                assertTrue(share.takeForValue());
                assertTrue(share.hasRoomForValue(0, 10));
                assertEquals(30, memory.takenBytes());
            }
        }
        try (RequestMemory.Share share = memory.share()) {
            assertTrue(share.takeForValue());
            assertTrue(memory.takenBytes() < 1_000, "great values of the past are forgotten");
        }
    }

    @Test
    void aReadWaitsForWhatOthersGiveBack() throws Exception {
        RequestMemory memory = new RequestMemory(3_000, 1_000);
        RequestMemory.Share first = memory.share();
        assertTrue(first.takeForValue());
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                RequestMemory.Share second = memory.share()) {
            Future<Boolean> waiting = executor.submit(second::takeForValue);
            first.close();
            assertTrue(waiting.get());
            assertEquals(3_000, memory.takenBytes());
        }
    }
}
