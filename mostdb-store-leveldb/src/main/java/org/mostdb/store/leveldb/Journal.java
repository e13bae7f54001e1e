package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.mostdb.api.spi.WriteBatch;

/**
 * Batches on disk, in the order in which they were written, until LevelDB has them on disk: two files that are filled
 * in turns. A file is not cut before it is filled anew but overwritten, since a sync of what has its place on the disk
 * already need not record a place for it. Used by one thread at a time, but for what says otherwise.
 *
 * <p>What makes it safe:
 *
 * <ul>
 *   <li>Batches are numbered from 1, without a gap, through both files. So what is left of a file's last filling is
 *       told from the present one by its numbers, which are lower than all of the other file.
 *   <li>A file is filled anew only when LevelDB has on disk all that it holds, and the other file tells so.
 *   <li>The next batch is written when the one before is whole, and a file is synced before the other one is begun. So
 *       only what was written since the last sync can be torn or missing: by a power loss any of it, by the end of the
 *       process its last record. Each record tells up to which number all was synced before it.
 *   <li>When both files are emptied, the one that was filled earlier is first: a later one without it is complete, but
 *       an earlier one without the later would bring old values back.
 * </ul>
 *
 * <p>{@link JournalRecovery} reads it. Source of the scheme: the write-ahead log of SQLite, which is overwritten from
 * its start once all of it was transferred, and tells old records by a salt alone.
 */
final class Journal implements AutoCloseable {

    static final List<String> NAMES = List.of("journal-0", "journal-1");

    private static final WriteBatch NOTHING = new WriteBatch();

    private final Path directory;
    private final int fileBytes;
    private final List<FileChannel> files = new ArrayList<>();
    private final JournalHeader header = new JournalHeader(new SecureRandom().nextInt());
    private int current;
    private volatile int end = JournalHeader.BYTES;
    private long lastNumber;
    private long forced;
    private volatile long applied;

    private Journal(Path directory, int fileBytes) {
        this.directory = directory;
        this.fileBytes = fileBytes;
    }

    /**
     * Begins an empty journal.
     *
     * @param fileBytes of each of its files; a greater batch has a file of its own
     */
    static Journal create(Path directory, int fileBytes) throws IOException {
        empty(directory);
        Journal journal = new Journal(directory, fileBytes);
        try {
            for (String name : NAMES) {
                journal.files.add(
                        FileChannel.open(directory.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE));
            }
            for (FileChannel file : journal.files) {
                writeWhole(file, journal.header.encode(), 0);
                file.force(true);
            }
            LevelDbFiles.forceDirectory(directory);
        } catch (IOException e) {
            journal.close();
            throw e;
        }
        return journal;
    }

    /** Empties the files, if they are there, in the order that makes it safe to be interrupted. */
    static void empty(Path directory) throws IOException {
        for (Path file : JournalRecovery.earlierFirst(directory)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(0);
                channel.force(true);
            }
        }
    }

    /** Removes the files. All that they hold is in LevelDB, and on disk. */
    static void delete(Path directory) throws IOException {
        empty(directory);
        for (String name : NAMES) {
            Files.deleteIfExists(directory.resolve(name));
        }
    }

    /** Whether the file that is being filled has no room for a batch, so that {@link #turn} is due. */
    boolean isTooFullFor(WriteBatch batch) {
        return end > JournalHeader.BYTES && end + roomFor(batch) > fileBytes;
    }

    /** What a batch needs, with the empty record at the end of the file. */
    private static long roomFor(WriteBatch batch) {
        return JournalRecord.aligned(JournalRecord.bytes(batch)) + JournalRecord.bytes(NOTHING);
    }

    /** The least size of an image for a file with this batch. */
    static long imageBytes(WriteBatch batch) {
        return JournalHeader.BYTES + roomFor(batch);
    }

    /**
     * Writes a batch behind the others. It survives the end of the process, but a power loss only after a sync.
     *
     * @param image of the file that is being filled; has room
     */
    JournalRecord append(JournalImage image, WriteBatch batch) throws IOException {
        int start = end;
        JournalRecord record =
                JournalRecord.encode(image.bytes(), start, header.salt(), lastNumber + 1, forced, applied, batch);
        writeWhole(files.get(current), image.bytes().slice(start, record.end() - start), start);
        lastNumber = record.number();
        end = Math.toIntExact(JournalRecord.aligned(record.end()));
        return record;
    }

    private static void writeWhole(FileChannel file, ByteBuffer bytes, int start) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes, start + bytes.position());
        }
    }

    /** Brings all that was written to the disk. */
    void force() throws IOException {
        if (forced < lastNumber) {
            files.get(current).force(false);
            forced = lastNumber;
        }
    }

    /**
     * Goes on in the other file, all of which {@link #setApplied} was told of. An empty record at the end of this one
     * tells so first: the next that would could be torn, and then nobody knew why what it overwrites is missing.
     *
     * @param image of the file that is being filled
     */
    void turn(JournalImage image) throws IOException {
        append(image, NOTHING);
        force();
        current = 1 - current;
        end = JournalHeader.BYTES;
        FileChannel next = files.get(current);
        if (next.size() > fileBytes) {
            next.truncate(fileBytes);
        }
    }

    /** The number of the last batch. */
    long lastNumber() {
        return lastNumber;
    }

    /** LevelDB has all batches up to this number on disk. For any thread. */
    void setApplied(long number) {
        applied = number;
    }

    /** How much of the present file is filled. For any thread. */
    long filledBytes() {
        return end;
    }

    /** Closes the files, and leaves them as they are. */
    @Override
    public void close() throws IOException {
        for (FileChannel file : files) {
            file.close();
        }
    }

    /** Closes and removes the files. All that they hold is in LevelDB, and on disk. */
    void closeAndDelete() throws IOException {
        close();
        delete(directory);
    }
}
