package org.mostdb.store.leveldb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.mostdb.api.spi.WriteBatch;

class MemoryTableTest {

    private static final int MANY = 3_000;

    private final JournalImage image = JournalImage.allocate(1 << 20);

    private static byte[] key(int number) {
        return "key-%05d".formatted(number).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] value(String word, int number) {
        return (word + number).getBytes(StandardCharsets.UTF_8);
    }

    /** Adds keys with the greatest first. */
    private void fill(MemoryTable table, String word, int from, int to) {
        WriteBatch batch = new WriteBatch();
        for (int number = to - 1; number >= from; number--) {
            batch.put(key(number), value(word, number));
        }
        table.add(JournalRecord.encode(image.bytes(), JournalHeader.BYTES, 7, 1, 0, 0, batch));
    }

    private static List<String> keysInOrder(MemoryTable table) {
        int[] places = table.sorted();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            keys.add(new String(table.key(places[i]), StandardCharsets.UTF_8));
        }
        return keys;
    }

    @Test
    void anEmptiedTableKnowsNothingOfWhatItHeldAndIsFilledAnew() {
        MemoryTable first = new MemoryTable(image);
        fill(first, "first", 0, MANY);
        assertEquals(MANY, keysInOrder(first).size());

        MemoryTable second = first.emptied();
        assertEquals(0, second.size());
        assertNull(second.find(key(5)));
        assertEquals(List.of(), keysInOrder(second));

        MemoryTable third = second.emptied();
        fill(third, "third", 10, 20);
        assertEquals(10, third.size());
        assertNull(third.find(key(5)));
        assertArrayEquals(
                value("third", 15), Objects.requireNonNull(third.find(key(15))).value());
        List<String> keys = keysInOrder(third);
        assertEquals("key-00010", keys.getFirst());
        assertEquals(keys.stream().sorted().toList(), keys);
    }
}
