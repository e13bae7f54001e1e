package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.CellStore.WriteJob;

/** What is remembered of the others, and when it reaches the disk. */
class MarksTest {

    private static final NodeId NODE = new NodeId(7);
    private static final long LIFE = new Epoch(1, 1L << 40).life();

    private final List<WriteJob> jobs = new ArrayList<>();
    private final Replica replica = new Replica(
            new SilentEffects() {
                @Override
                public void write(WriteJob job) {
                    jobs.add(job);
                }
            },
            1,
            0,
            0,
            Floor.NONE,
            1 << 20,
            () -> 0);
    private final Marks marks = new Marks(replica, new byte[0], 0);

    private void writeAll() {
        int before;
        do {
            before = jobs.size();
            replica.flush();
            if (jobs.size() > before) {
                replica.onWritten(jobs.size());
            }
        } while (jobs.size() > before);
    }

    private long lastRecorded() {
        byte[] last = jobs.reversed().stream()
                .map(job -> job.records().get(MemberRecord.MARKS))
                .filter(content -> content != null)
                .findFirst()
                .orElseThrow();
        return Objects.requireNonNull(Marks.decode(ByteBuffer.wrap(last)).get(NODE))
                .sequence();
    }

    @Test
    void whatIsRecordedLastIsTheNewestHoweverLongTheQueueIs() {
        Bytes value = Bytes.wrap(new byte[5 << 20]);
        Tag tag = new Tag(1, new Epoch(1, 1), NODE);
        replica.take(Map.of(Bytes.utf8("key"), Cell.of(Bytes.utf8("key"), tag, value)), unused -> {});
        marks.heard(NODE, LIFE, 1);
        marks.tick(1);
        marks.heard(NODE, LIFE, 2);
        writeAll();
        assertEquals(2, lastRecorded());
    }

    /** So a recovered node that votes has on disk what it was told of the others. */
    @Test
    void theyGoAlongWithARecordOfTheMembers() {
        marks.heard(NODE, LIFE, 3);
        replica.record(MemberRecord.CLUSTER, new byte[1], () -> {});
        writeAll();
        assertEquals(1, jobs.size());
        assertEquals(3, lastRecorded());
    }

    @Test
    void nothingIsWrittenWhereNothingIsNew() {
        marks.heard(NODE, LIFE, 3);
        marks.tick(1);
        writeAll();
        marks.heard(NODE, LIFE, 2);
        marks.tick(5_000_000_000L);
        writeAll();
        assertEquals(1, jobs.size());
        assertFalse(jobs.getFirst().records().isEmpty());
    }
}
