package org.mostdb.store.leveldb;

import static org.mostdb.store.leveldb.LogFragments.BLOCK_BYTES;
import static org.mostdb.store.leveldb.LogFragments.FIRST;
import static org.mostdb.store.leveldb.LogFragments.HEADER_BYTES;
import static org.mostdb.store.leveldb.LogFragments.LAST;
import static org.mostdb.store.leveldb.LogFragments.MIDDLE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.mostdb.api.CorruptStoreException;

/**
 * Checks one log of a store that nobody has open. The two libraries disagree on a damaged one: the native refuses a log
 * that merely ends in the middle of a write, as a killed process or a power loss leaves it, and the pure Java one skips
 * whatever it cannot read. Here the first is mended, by cutting off the write that nobody was told had succeeded, and
 * everything else is refused.
 */
final class LevelDbLog {

    private static final System.Logger LOG = System.getLogger(LevelDbLog.class.getName());

    private final Path file;
    private final LogFragments fragments;
    private final long size;

    private LevelDbLog(Path file, LogFragments fragments) {
        this.file = file;
        this.fragments = fragments;
        this.size = fragments.size();
    }

    /**
     * Checks a log.
     *
     * @param newest whether no later log holds anything, so that it may end in the middle of a write
     * @throws CorruptStoreException if it is corrupt
     */
    static void check(Path file, boolean newest) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            LevelDbLog log = new LevelDbLog(file, new LogFragments(channel));
            long end = log.endOfWrites(newest);
            if (end < log.size) {
                log.tellOfCut(end);
                channel.truncate(end);
                channel.force(true);
            }
        }
    }

    /**
     * Refuses a log that goes on where more was written than the MANIFEST tells: that is an older one, or has lost its
     * end, and the tables that it does not name would be deleted.
     *
     * @param file was checked, and is not empty
     * @throws CorruptStoreException if so
     */
    static void requireNoGap(Path file, long lastSequence) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer batch =
                    ByteBuffer.wrap(new LogFragments(channel).payload(0)).order(ByteOrder.LITTLE_ENDIAN);
            if (batch.remaining() >= Long.BYTES && batch.getLong() - 1 > lastSequence) {
                throw new CorruptStoreException(
                        "the store in " + file.getParent() + " is corrupt: its MANIFEST does not know of what was"
                                + " written before " + file.getFileName() + "; restore the directory from a copy");
            }
        }
    }

    /** The native library sets room aside ahead of its writes, so zeros are what every killed process leaves. */
    private void tellOfCut(long end) throws IOException {
        String bytes = Long.toString(size - end);
        if (fragments.onlyZerosFrom(end)) {
            LOG.log(System.Logger.Level.DEBUG, "{0} ended in unused room; its last {1} bytes are cut off", file, bytes);
        } else {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} ended in the middle of a write; its last {1} bytes are cut off",
                    file,
                    bytes);
        }
    }

    /** The offset behind the last whole write. */
    private long endOfWrites(boolean newest) throws IOException {
        long end = 0;
        boolean inside = false;
        for (long at = 0; at < size; at = LogFragments.behindFilling(at)) {
            if (!fragments.isFragment(at)) {
                requireTorn(at, newest);
                return end;
            }
            int type = fragments.type(at);
            if (inside != (type == MIDDLE || type == LAST)) {
                throw corrupt(at);
            }
            inside = type == FIRST || type == MIDDLE;
            at = fragments.end(at);
            if (!inside) {
                end = at;
            }
        }
        if (inside && !newest) {
            throw corrupt(end);
        }
        // Filling at the end of the last block belongs to the write before it.
        return inside ? end : size;
    }

    /**
     * A write was torn if the file ends inside it, or holds zeros from there on, and there is no write behind it. A
     * whole fragment with a wrong checksum at the very end is damage, not a tear.
     */
    private void requireTorn(long at, boolean newest) throws IOException {
        boolean headerCut = at + HEADER_BYTES > fragments.endOfBlock(at);
        long claimedEnd = headerCut ? size : fragments.end(at);
        boolean lastBlock = fragments.endOfBlock(at) == size;
        boolean cut = headerCut || (lastBlock && claimedEnd > size);
        boolean zeros = fragments.onlyZerosFrom(at) || (claimedEnd < size && fragments.onlyZerosFrom(claimedEnd));
        if (!newest || !(cut || zeros) || fragmentBehind(at)) {
            throw corrupt(at);
        }
    }

    /** Whether any write can be read behind the damage, in the rest of this block or at the start of a later one. */
    private boolean fragmentBehind(long damaged) throws IOException {
        long next = fragments.endOfBlock(damaged);
        for (long at = damaged + 1; at < next; at++) {
            if (fragments.isFragment(at)) {
                return true;
            }
        }
        for (long start = next; start < size; start += BLOCK_BYTES) {
            if (fragments.isFragment(start)) {
                return true;
            }
        }
        return false;
    }

    private CorruptStoreException corrupt(long at) {
        return new CorruptStoreException("the store in " + file.getParent() + " is corrupt: " + file.getFileName()
                + " is damaged at byte " + at + "; restore the directory from a copy");
    }
}
