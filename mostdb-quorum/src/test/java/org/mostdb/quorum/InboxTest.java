package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboxTest {

    private static final int ADDERS = 3;
    private static final int ITEMS = 100_000;

    @Test
    void nothingIsAnEmptyListAfterTheTimeOut() {
        assertTrue(new Inbox<String>().takeAll(1_000_000).isEmpty());
    }

    @Test
    void whatWasTakenDoesNotChangeAnyMore() {
        Inbox<String> inbox = new Inbox<>();
        List<String> nothing = inbox.takeAll(0);
        inbox.add("a");
        assertTrue(nothing.isEmpty());
        List<String> some = inbox.takeAll(0);
        inbox.add("b");
        assertEquals(List.of("a"), some);
        assertEquals(List.of("b"), inbox.takeAll(0));
    }

    @Test
    void eachItemIsTakenOnceAndInTheOrderOfItsAdder() throws Exception {
        Inbox<int[]> inbox = new Inbox<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(ADDERS)) {
            List<Future<?>> adders = new ArrayList<>();
            for (int adder = 0; adder < ADDERS; adder++) {
                int from = adder;
                adders.add(threads.submit(() -> {
                    for (int i = 0; i < ITEMS; i++) {
                        inbox.add(new int[] {from, i});
                    }
                }));
            }
            int[] next = new int[ADDERS];
            for (int taken = 0; taken < ADDERS * ITEMS; ) {
                // Alternately without waiting, when it is often empty, and with.
                for (int[] item : inbox.takeAll(taken % 2 == 0 ? 0 : TimeUnit.MILLISECONDS.toNanos(1))) {
                    assertEquals(next[item[0]]++, item[1]);
                    taken++;
                }
            }
            for (Future<?> adder : adders) {
                adder.get();
            }
        }
        assertTrue(inbox.takeAll(0).isEmpty());
    }
}
