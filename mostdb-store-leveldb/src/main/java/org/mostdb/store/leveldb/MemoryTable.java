package org.mostdb.store.leveldb;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The last change of each key among some records of a {@link JournalImage}: a hash table of where they stand, with
 * linear probing.
 *
 * <p>One thread at a time adds. Others may look for keys meanwhile, and while the image is overwritten after it was
 * given free; they must then drop what they found, which may be anything but is never an exception.
 */
final class MemoryTable {

    private static final int LEAST_SLOTS = 1024;

    /** Spreads hashes whose last bits are alike: 2^32 divided by the golden ratio. */
    private static final int SPREAD = 0x9E3779B9;

    /** What a key was changed to. */
    static final class Change {

        private final byte @Nullable [] value;

        private Change(byte @Nullable [] value) {
            this.value = value;
        }

        /** The value; null if the key was deleted. */
        byte @Nullable [] value() {
            return value;
        }
    }

    private final JournalImage image;
    /** Each the hash of a key, and one more than the offset of its change; 0 if empty. */
    private volatile long[] slots;

    private int size;
    private int[] places;
    private int[] scratch;
    private boolean isSorted;

    MemoryTable(JournalImage image) {
        this(image, new long[LEAST_SLOTS], new int[0], new int[0]);
    }

    private MemoryTable(JournalImage image, long[] slots, int[] places, int[] scratch) {
        this.image = image;
        this.slots = slots;
        this.places = places;
        this.scratch = scratch;
    }

    /**
     * An empty table of the same image, in place of this one, which nobody relies on any more. With its arrays: they
     * live long enough to end in the old generation, which would grow as far as the heap may.
     */
    synchronized MemoryTable emptied() {
        Arrays.fill(slots, 0);
        return new MemoryTable(image, slots, places, scratch);
    }

    JournalImage image() {
        return image;
    }

    /** The number of keys. */
    int size() {
        return size;
    }

    /** Adds the operations of a record, in their order. Not once {@link #sorted} was called. */
    void add(JournalRecord record) {
        for (int at = record.operations(); at < record.end(); at = JournalRecord.nextOperation(image.bytes(), at)) {
            add(JournalRecord.key(image.bytes(), at), at);
        }
    }

    /** Adds all of a table of the same image that is newer than this one. */
    void addAll(MemoryTable newer) {
        for (long slot : newer.slots) {
            if (slot != 0) {
                int offset = offset(slot);
                add(JournalRecord.key(image.bytes(), offset), offset);
            }
        }
    }

    private void add(byte[] key, int offset) {
        int hash = Arrays.hashCode(key);
        int place = place(slots, key, hash);
        if (slots[place] == 0) {
            size++;
        }
        slots[place] = slot(hash, offset);
        if (2 * size > slots.length) {
            grow();
        }
    }

    private void grow() {
        long[] more = new long[2 * slots.length];
        for (long slot : slots) {
            if (slot != 0) {
                int place = first(more, (int) (slot >>> Integer.SIZE));
                while (more[place] != 0) {
                    place = next(more, place);
                }
                more[place] = slot;
            }
        }
        slots = more;
    }

    /** Where a key is, or would be. */
    private int place(long[] in, byte[] key, int hash) {
        int place = first(in, hash);
        long slot = in[place]; // read once, since another thread may empty it
        while (slot != 0 && !((int) (slot >>> Integer.SIZE) == hash && isAt(offset(slot), key))) {
            place = next(in, place);
            slot = in[place];
        }
        return place;
    }

    private boolean isAt(int offset, byte[] key) {
        return JournalRecord.hasKey(image.bytes(), offset, key);
    }

    private static int first(long[] in, int hash) {
        return (hash * SPREAD) >>> (Integer.numberOfLeadingZeros(in.length) + 1);
    }

    /** The hash of a key, with first bits that differ where only the last ones of others do. */
    static int spreadHash(byte[] key) {
        return Arrays.hashCode(key) * SPREAD;
    }

    private static int next(long[] in, int place) {
        return (place + 1) & (in.length - 1);
    }

    private static long slot(int hash, int offset) {
        return ((long) hash << Integer.SIZE) | (offset + 1);
    }

    private static int offset(long slot) {
        return (int) slot - 1;
    }

    /** The change of a key, or null if these records do not change it. */
    @Nullable
    Change find(byte[] key) {
        long[] in = slots;
        long slot = in[place(in, key, Arrays.hashCode(key))];
        return slot == 0 ? null : change(offset(slot));
    }

    /** Tells all keys, in no order. */
    void forEachKey(Consumer<byte[]> action) {
        for (long slot : slots) {
            if (slot != 0) {
                action.accept(key(offset(slot)));
            }
        }
    }

    /** The change at a place. */
    Change change(int place) {
        return new Change(JournalRecord.value(image.bytes(), place));
    }

    /** The key at a place. */
    byte[] key(int place) {
        return JournalRecord.key(image.bytes(), place);
    }

    /**
     * The places of all changes, in the ascending order of their keys, once nothing is added any more; as many as there
     * are keys, and behind them anything. Sorted by whoever asks first.
     */
    synchronized int[] sorted() {
        if (!isSorted) {
            if (places.length < size) {
                places = new int[slots.length / 2];
                scratch = new int[slots.length / 2];
            }
            int count = 0;
            for (long slot : slots) {
                if (slot != 0) {
                    places[count++] = offset(slot);
                }
            }
            System.arraycopy(places, 0, scratch, 0, count);
            sort(places, scratch, 0, count);
            isSorted = true;
        }
        return places;
    }

    /**
     * Sorts a stretch by merging its halves, which come from a copy. The library sorts by a comparator only objects,
     * and some ten thousand of them that live until they are flushed fill the old generation.
     */
    private void sort(int[] places, int[] copy, int from, int to) {
        if (to - from < 2) {
            return;
        }
        int middle = (from + to) >>> 1;
        sort(copy, places, from, middle);
        sort(copy, places, middle, to);
        int left = from;
        int right = middle;
        for (int at = from; at < to; at++) {
            boolean takesLeft = left < middle
                    && (right == to || JournalRecord.compareKeys(image.bytes(), copy[left], copy[right]) < 0);
            places[at] = takesLeft ? copy[left++] : copy[right++];
        }
    }
}
