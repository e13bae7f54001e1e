package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.mostdb.api.StorageException;

/**
 * Checks one log of a store that nobody has open. The two libraries disagree on a damaged one: the native refuses a log
 * that merely ends in the middle of a write, as a killed process or a power loss leaves it, and the pure Java one skips
 * whatever it cannot read. Here the first is mended, by cutting off the write that nobody was told had succeeded, and
 * everything else is refused.
 *
 * <p>The format is that of LevelDB's {@code log_format.md}: blocks of 32 KiB, in them fragments of a checksum (4
 * bytes), a length (2) and a type (1), then the payload.
 */
final class LevelDbLog {

    private static final System.Logger LOG = System.getLogger(LevelDbLog.class.getName());

    private static final int BLOCK_BYTES = 32 * 1024;
    private static final int HEADER_BYTES = 7;
    private static final int FULL = 1;
    private static final int FIRST = 2;
    private static final int MIDDLE = 3;
    private static final int LAST = 4;

    private final Path file;
    private final FileChannel channel;
    private final long size;

    /** The block that is being read. */
    private byte[] block = new byte[0];

    private long blockStart;

    private LevelDbLog(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
    }

    /**
     * Checks a log.
     *
     * @param newest whether no later log holds anything, so that it may end in the middle of a write
     * @throws StorageException if it is corrupt
     */
    static void check(Path file, boolean newest) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            LevelDbLog log = new LevelDbLog(file, channel);
            long end = log.endOfWrites(newest);
            if (end < log.size) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} ended in the middle of a write; its last {1} bytes are cut off",
                        file,
                        Long.toString(log.size - end));
                channel.truncate(end);
                channel.force(true);
            }
        }
    }

    /** The offset behind the last whole write. */
    private long endOfWrites(boolean newest) throws IOException {
        long end = 0;
        boolean inside = false;
        long at = 0;
        while (at < size) {
            load(at);
            int offset = (int) (at - blockStart);
            if (BLOCK_BYTES - offset < HEADER_BYTES) {
                at = blockStart + BLOCK_BYTES; // too small for a fragment: filled up with zeros
                continue;
            }
            if (!isFragment(offset)) {
                requireTorn(at, newest);
                return end;
            }
            int type = block[offset + 6];
            if (inside != (type == MIDDLE || type == LAST)) {
                throw corrupt(at);
            }
            inside = type == FIRST || type == MIDDLE;
            at += HEADER_BYTES + length(offset);
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

    private void load(long at) throws IOException {
        long start = at - at % BLOCK_BYTES;
        if (block.length > 0 && start == blockStart) {
            return;
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, size - start));
        while (buffer.hasRemaining() && channel.read(buffer, start + buffer.position()) >= 0) {
            // goes on until the block is full
        }
        block = buffer.array();
        blockStart = start;
    }

    private int length(int offset) {
        return (block[offset + 4] & 0xff) | (block[offset + 5] & 0xff) << 8;
    }

    private boolean isFragment(int offset) {
        if (offset + HEADER_BYTES > block.length) {
            return false;
        }
        int type = block[offset + 6];
        int length = length(offset);
        if (type < FULL || type > LAST || offset + HEADER_BYTES + length > block.length) {
            return false;
        }
        CRC32C crc = new CRC32C();
        crc.update(block, offset + 6, 1 + length);
        int value = (int) crc.getValue();
        int masked = ((value >>> 15) | (value << 17)) + 0xa282ead8;
        int stored = (block[offset] & 0xff)
                | (block[offset + 1] & 0xff) << 8
                | (block[offset + 2] & 0xff) << 16
                | (block[offset + 3] & 0xff) << 24;
        return masked == stored;
    }

    /**
     * A write was torn if the file ends inside it, or holds zeros from there on, and there is no write behind it. A
     * whole fragment with a wrong checksum at the very end is damage, not a tear.
     */
    private void requireTorn(long at, boolean newest) throws IOException {
        int offset = (int) (at - blockStart);
        boolean headerCut = offset + HEADER_BYTES > block.length;
        long claimedEnd = headerCut ? size : at + HEADER_BYTES + length(offset);
        boolean lastBlock = blockStart + block.length == size;
        boolean cut = headerCut || (lastBlock && claimedEnd > size);
        boolean zeros = onlyZerosFrom(at) || (claimedEnd < size && onlyZerosFrom(claimedEnd));
        load(at);
        if (!newest || !(cut || zeros) || fragmentBehind(offset)) {
            throw corrupt(at);
        }
    }

    /** Whether any write can be read behind the damage, in the rest of this block or at the start of a later one. */
    private boolean fragmentBehind(int damaged) throws IOException {
        for (int offset = damaged + 1; offset < block.length; offset++) {
            if (isFragment(offset)) {
                return true;
            }
        }
        for (long start = blockStart + BLOCK_BYTES; start < size; start += BLOCK_BYTES) {
            load(start);
            if (isFragment(0)) {
                return true;
            }
        }
        return false;
    }

    private boolean onlyZerosFrom(long from) throws IOException {
        for (long at = from; at < size; at = blockStart + BLOCK_BYTES) {
            load(at);
            for (int offset = (int) (at - blockStart); offset < block.length; offset++) {
                if (block[offset] != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private StorageException corrupt(long at) {
        return new StorageException("the store in " + file.getParent() + " is corrupt: " + file.getFileName()
                + " is damaged at byte " + at + "; restore the directory from a copy");
    }
}
