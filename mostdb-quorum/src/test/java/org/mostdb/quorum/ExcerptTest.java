package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.ScanJob;
import org.mostdb.quorum.CellStore.Stretch;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.quorum.Replica.Excerpt;
import org.mostdb.quorum.StoreClock.Dot;

/** What is told of a store along with a stretch of it. */
class ExcerptTest {

    private static final long LIFE = 7;
    private static final Bytes KEY = Bytes.utf8("key");
    private static final NodeId OTHER = new NodeId(-1);
    private static final Cell CELL = Cell.of(KEY, new Tag(7, new Epoch(3, -5), OTHER), Bytes.utf8("value"));
    private static final Stretch WITH_THE_CELL = new Stretch(Map.of(KEY, CELL), null);

    private final List<Excerpt> excerpts = new ArrayList<>();
    private @Nullable WriteJob written;
    private @Nullable ScanJob scanned;

    private final Replica replica = new Replica(
            new SilentEffects() {
                @Override
                public void write(WriteJob job) {
                    written = job;
                }

                @Override
                public void scan(ScanJob job) {
                    scanned = job;
                }
            },
            LIFE,
            0,
            1,
            Floor.NONE,
            1 << 20,
            () -> 0);

    private void beginToStoreTheCell() {
        replica.store(Map.of(KEY, CELL), new Dot(OTHER, 5, 1), unused -> {});
        replica.flush();
        assertNotNull(written);
    }

    private void scans(Stretch found) {
        Objects.requireNonNull(scanned).then().accept(found);
    }

    @Test
    void itEndsAtTheSequenceByWhichAllOfItWasThereAndNotAtThatBeforeItWasRead() {
        replica.scan(Cursor.ofAll(), 100, excerpts::add);
        beginToStoreTheCell();
        replica.onWritten(2);
        scans(WITH_THE_CELL);
        assertEquals(1, excerpts.getFirst().told().sequence());
        assertEquals(new Mark(LIFE, 2), excerpts.getFirst().end());
    }

    @Test
    void aStretchThatShowsTheWriteUnderWayWaitsForIt() {
        replica.scan(Cursor.ofAll(), 100, excerpts::add);
        beginToStoreTheCell();
        scans(WITH_THE_CELL);
        assertEquals(List.of(), excerpts);
        replica.onWritten(2);
        assertEquals(new Mark(LIFE, 2), excerpts.getFirst().end());
    }

    @Test
    void aStretchThatDoesNotShowTheWriteUnderWayDoesNotWait() {
        replica.scan(Cursor.ofAll(), 100, excerpts::add);
        beginToStoreTheCell();
        scans(new Stretch(Map.of(), null));
        assertEquals(new Mark(LIFE, 1), excerpts.getFirst().end());
    }
}
