package org.mostdb.store.leveldb;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.spi.Scan;

/** A walk over a scan and tables that are newer, of which the newest that knows a key decides. */
final class MergedScan implements Scan {

    private final List<Source> newestFirst;
    private final Scan oldest;
    private byte @Nullable [] oldestKey;
    private byte @Nullable [] key;
    private byte @Nullable [] value;
    private boolean closed;

    /** The keys of one table, from the first that is not before a bound. */
    private static final class Source {

        private final MemoryTable table;
        private final int[] places;
        private final int end;
        private int at;
        private byte @Nullable [] key;

        private Source(MemoryTable table, byte[] from, byte[] to) {
            this.table = table;
            this.places = table.sorted();
            this.at = notBefore(from);
            this.end = to.length == 0 ? table.size() : notBefore(to);
            this.key = keyHere();
        }

        private int notBefore(byte[] bound) {
            int low = 0;
            int high = table.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (Arrays.compareUnsigned(table.key(places[middle]), bound) < 0) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        private byte @Nullable [] keyHere() {
            return at < end ? table.key(places[at]) : null;
        }

        void advance() {
            at++;
            key = keyHere();
        }

        byte @Nullable [] value() {
            return table.change(places[at]).value();
        }
    }

    private MergedScan(List<Source> newestFirst, Scan oldest) {
        this.newestFirst = newestFirst;
        this.oldest = oldest;
    }

    /**
     * Of tables to which nothing is added any more, and whose images are retained; they are released by the close.
     *
     * @param oldest over the same range of keys; closed with this one, and if this fails
     */
    static Scan over(List<MemoryTable> newestFirst, Scan oldest, byte[] from, byte[] to) {
        boolean opened = false;
        try {
            MergedScan scan = new MergedScan(
                    newestFirst.stream()
                            .map(table -> new Source(table, from, to))
                            .toList(),
                    oldest);
            scan.advanceOldest();
            opened = true;
            return scan;
        } finally {
            if (!opened) {
                oldest.close();
            }
        }
    }

    private void advanceOldest() {
        oldestKey = oldest.next() ? oldest.key() : null;
    }

    @Override
    public boolean next() {
        if (closed) {
            throw new IllegalStateException("the scan is closed");
        }
        do {
            step();
        } while (key != null && value == null);
        return key != null;
    }

    /** Moves to the next key that anybody knows; the value is null if it was deleted. */
    private void step() {
        byte[] least = oldestKey;
        for (Source source : newestFirst) {
            byte[] candidate = source.key;
            if (candidate != null && (least == null || Arrays.compareUnsigned(candidate, least) < 0)) {
                least = candidate;
            }
        }
        key = least;
        value = null;
        if (least == null) {
            return;
        }
        boolean isDecided = false;
        for (Source source : newestFirst) {
            if (Arrays.equals(least, source.key)) {
                value = isDecided ? value : source.value();
                isDecided = true;
                source.advance();
            }
        }
        if (Arrays.equals(least, oldestKey)) {
            value = isDecided ? value : oldest.value();
            advanceOldest();
        }
    }

    @Override
    public byte[] key() {
        return here(key);
    }

    @Override
    public byte[] value() {
        return here(value);
    }

    private byte[] here(byte @Nullable [] current) {
        if (current == null || closed) {
            throw new IllegalStateException("the scan stands at no key");
        }
        return current;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            newestFirst.forEach(source -> source.table.image().release());
            oldest.close();
        }
    }
}
