package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.CorruptStoreException;

/**
 * Reads what a {@link Journal} holds that LevelDB may lack, after a process ended without closing it.
 *
 * <p>Of each file the records from its header on are taken, as long as they are whole and each has the number after the
 * one before: its <em>run</em>. What comes then was not synced, and is torn or has come to the disk only in part, or is
 * left of an earlier filling. It is damage if a whole record behind the run tells that more was synced than the runs
 * hold, or if a number is missing between the runs or before the first of them: then something that was on disk is
 * lost, and nothing of the store can be trusted.
 */
final class JournalRecovery {

    private static final System.Logger LOG = System.getLogger(JournalRecovery.class.getName());

    private final List<Run> runs;

    /** The whole records at the start of a file. */
    private static final class Run {

        private final Path file;
        private final ByteBuffer content;
        private final int salt;
        private final List<JournalRecord> records = new ArrayList<>();

        private Run(Path file, ByteBuffer content, int salt) {
            this.file = file;
            this.content = content;
            this.salt = salt;
        }

        static Run read(Path file) throws IOException {
            ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file));
            JournalHeader header = JournalHeader.read(content);
            if (header == null) {
                if (content.limit() > JournalHeader.BYTES) {
                    throw corrupt(file, 0);
                }
                return new Run(file, ByteBuffer.allocate(0), 0);
            }
            Run run = new Run(file, content, header.salt());
            JournalRecord record = run.recordAt(JournalHeader.BYTES);
            while (record != null && (run.isEmpty() || record.number() == run.last() + 1)) {
                run.records.add(record);
                record = run.recordAt(run.end());
            }
            return run;
        }

        private @Nullable JournalRecord recordAt(long offset) {
            return JournalRecord.at(content, offset, salt);
        }

        boolean isEmpty() {
            return records.isEmpty();
        }

        long first() {
            return records.getFirst().number();
        }

        long last() {
            return records.getLast().number();
        }

        /** The offset behind the run. */
        long end() {
            return isEmpty()
                    ? JournalHeader.BYTES
                    : JournalRecord.aligned(records.getLast().end());
        }

        /** Whether a record behind the run tells that more than this was on disk. */
        boolean hasLostSomeBehind(long last) {
            for (long at = end(); at < content.limit(); at += JournalRecord.ALIGNMENT) {
                if (JournalRecord.numberAt(content, at) > last) {
                    JournalRecord record = recordAt(at);
                    if (record != null && record.forced() > last) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    private JournalRecovery(List<Run> runs) {
        this.runs = runs;
    }

    /**
     * The changes that LevelDB may lack, the earlier first.
     *
     * @throws CorruptStoreException if something of the journal was lost
     */
    static List<MemoryTable> read(Path directory) throws IOException {
        return new JournalRecovery(runs(directory)).changes();
    }

    /** The files that are there; that with the earlier records is first. */
    static List<Path> earlierFirst(Path directory) throws IOException {
        return runs(directory).stream().map(run -> run.file).toList();
    }

    private static List<Run> runs(Path directory) throws IOException {
        List<Run> runs = new ArrayList<>();
        for (String name : Journal.NAMES) {
            Path file = directory.resolve(name);
            if (Files.exists(file)) {
                runs.add(Run.read(file));
            }
        }
        runs.sort(Comparator.comparingLong(run -> run.isEmpty() ? 0 : run.first()));
        return runs;
    }

    private List<MemoryTable> changes() {
        long last = 0;
        long applied = 0;
        for (Run run : runs) {
            if (run.isEmpty()) {
                continue;
            }
            if (last > 0 && run.first() != last + 1) {
                throw corrupt(run.file, JournalHeader.BYTES);
            }
            last = run.last();
            applied = Math.max(applied, run.records.getLast().applied());
        }
        requireNoneLost(last, applied);
        List<MemoryTable> changes = new ArrayList<>();
        for (Run run : runs) {
            MemoryTable table = new MemoryTable(new JournalImage(run.content));
            for (JournalRecord record : run.records) {
                if (record.number() > applied) {
                    table.add(record);
                }
            }
            changes.add(table);
        }
        return changes;
    }

    private void requireNoneLost(long last, long applied) {
        for (Run run : runs) {
            if (run.hasLostSomeBehind(last)) {
                throw corrupt(run.file, run.end());
            }
            if (JournalRecord.numberAt(run.content, run.end()) == last + 1) {
                LOG.log(System.Logger.Level.WARNING, "{0} ends in the middle of a write, which is left out", run.file);
            }
        }
        for (Run run : runs) {
            if (!run.isEmpty()) {
                if (run.first() > applied + 1) {
                    throw corrupt(run.file, JournalHeader.BYTES);
                }
                return;
            }
        }
    }

    private static CorruptStoreException corrupt(Path file, long at) {
        return new CorruptStoreException("the store in " + file.getParent() + " is corrupt: " + file.getFileName()
                + " is damaged at byte " + at + "; restore the directory from a copy");
    }
}
