package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.mostdb.api.NodeId;

/**
 * Which store rounds a store holds: of each coordinator, in its last life, the numbers of the rounds. Numbers begin
 * with 1 in each life and have no gaps, so a store that got all of them has one range for each coordinator.
 *
 * <p>Source: the node-wide logical clocks of Gonçalves, Almeida, Baquero and Fonte, DottedDB: anti-entropy without
 * Merkle trees, deletes without tombstones, SRDS 2017. Ours knows rounds of many cells instead of single writes.
 */
final class StoreClock {

    /** Of a coordinator with more ranges than this nothing is told; one more round is only known to be missing. */
    private static final int MAX_RANGES = 32;

    /** A round: the coordinator, its {@link Epoch#life}, and the round's number in it. */
    record Dot(NodeId coordinator, long life, long number) {}

    private static final class Numbers {

        private final long life;
        /** First and last number of each range. */
        private final TreeMap<Long, Long> ranges = new TreeMap<>();

        private Numbers(long life) {
            this.life = life;
        }

        private void add(long from, long to) {
            long first = from;
            long last = to;
            Map.Entry<Long, Long> before = ranges.floorEntry(first);
            if (before != null && before.getValue() >= first - 1) {
                first = before.getKey();
                last = Math.max(last, before.getValue());
            }
            Map.Entry<Long, Long> after = ranges.higherEntry(first);
            while (after != null && after.getKey() <= last + 1) {
                last = Math.max(last, after.getValue());
                ranges.remove(after.getKey());
                after = ranges.higherEntry(first);
            }
            ranges.put(first, last);
        }

        private boolean covers(Numbers other) {
            return other.ranges.entrySet().stream().allMatch(range -> {
                Map.Entry<Long, Long> own = ranges.floorEntry(range.getKey());
                return own != null && own.getValue() >= range.getValue();
            });
        }
    }

    private final Map<NodeId, Numbers> coordinators = new HashMap<>();

    /**
     * A round is held now.
     *
     * @return false if the clock cannot tell all that it told before, or this round
     */
    boolean add(Dot dot) {
        Numbers known = coordinators.get(dot.coordinator());
        if (known != null && Epoch.numberOf(dot.life()) < Epoch.numberOf(known.life)) {
            return false;
        }
        Numbers numbers = known == null || known.life != dot.life() ? new Numbers(dot.life()) : known;
        numbers.add(dot.number(), dot.number());
        if (numbers.ranges.size() > MAX_RANGES) {
            coordinators.remove(dot.coordinator());
            return false;
        }
        coordinators.put(dot.coordinator(), numbers);
        return known == null || known == numbers;
    }

    /**
     * All rounds of another clock are held now, too.
     *
     * @return false if the clock cannot tell all that it told before
     */
    boolean merge(StoreClock other) {
        boolean isWhole = true;
        for (Map.Entry<NodeId, Numbers> entry : other.coordinators.entrySet()) {
            Numbers theirs = entry.getValue();
            Numbers known = coordinators.get(entry.getKey());
            if (known == null || Epoch.numberOf(theirs.life) > Epoch.numberOf(known.life)) {
                isWhole &= known == null;
                Numbers copy = new Numbers(theirs.life);
                copy.ranges.putAll(theirs.ranges);
                coordinators.put(entry.getKey(), copy);
            } else if (known.life == theirs.life) {
                theirs.ranges.forEach(known::add);
            } else {
                isWhole = false;
            }
        }
        return isWhole;
    }

    /** Whether each round of another clock is one of this one's. */
    boolean covers(StoreClock other) {
        return other.coordinators.entrySet().stream().allMatch(entry -> {
            Numbers own = coordinators.get(entry.getKey());
            return own != null && own.life == entry.getValue().life && own.covers(entry.getValue());
        });
    }

    int encodedBytes() {
        int bytes = 1;
        for (Numbers numbers : coordinators.values()) {
            bytes += 2 * Long.BYTES + 1 + numbers.ranges.size() * 2 * Long.BYTES;
        }
        return bytes;
    }

    void encode(ByteBuffer to) {
        to.put((byte) coordinators.size());
        coordinators.forEach((coordinator, numbers) -> {
            to.putLong(coordinator.bits()).putLong(numbers.life).put((byte) numbers.ranges.size());
            numbers.ranges.forEach((first, last) -> to.putLong(first).putLong(last));
        });
    }

    static StoreClock decode(ByteBuffer from) {
        StoreClock clock = new StoreClock();
        int count = from.get();
        for (int i = 0; i < count; i++) {
            NodeId coordinator = new NodeId(from.getLong());
            Numbers numbers = new Numbers(from.getLong());
            int ranges = from.get();
            for (int j = 0; j < ranges; j++) {
                numbers.ranges.put(from.getLong(), from.getLong());
            }
            clock.coordinators.put(coordinator, numbers);
        }
        return clock;
    }

    /** Forgets coordinators that are members no more; their rounds are held as before. */
    boolean retain(Membership members) {
        return !coordinators.keySet().removeIf(node -> !members.contains(node));
    }

    StoreClock copy() {
        StoreClock copy = new StoreClock();
        copy.merge(this);
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoreClock clock && covers(clock) && clock.covers(this);
    }

    @Override
    public int hashCode() {
        return coordinators.keySet().hashCode();
    }
}
