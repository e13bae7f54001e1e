package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The fragments of a file in LevelDB's log format, found by their offset in the file. The format is that of
 * {@code log_format.md}: blocks of 32 KiB, in them fragments of a checksum (4 bytes), a length (2) and a type (1), then
 * the payload; a record is one fragment, or a first, any number of middle ones, and a last. The rest of a block that is
 * too small for a fragment is filled up with zeros. The MANIFEST is written in it too.
 *
 * <p>Methods that take the offset of a fragment may be asked only where {@link #isFragment} holds, unless they say
 * otherwise.
 */
final class LogFragments {

    static final int BLOCK_BYTES = 32 * 1024;
    static final int HEADER_BYTES = 7;

    static final int FULL = 1;
    static final int FIRST = 2;
    static final int MIDDLE = 3;
    static final int LAST = 4;

    private final FileChannel channel;
    private final long size;

    /** The block that is being read. */
    private byte[] block = new byte[0];

    private long blockStart;

    LogFragments(FileChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
    }

    /** The size of the file. */
    long size() {
        return size;
    }

    /** Where the block of an offset begins. */
    static long startOfBlock(long at) {
        return at - at % BLOCK_BYTES;
    }

    /** Where the next fragment may begin: here, or in the next block if only filling has room in this one. */
    static long behindFilling(long at) {
        long next = startOfBlock(at) + BLOCK_BYTES;
        return next - at < HEADER_BYTES ? next : at;
    }

    /** Where the block of an offset ends, or the file, if that comes first. */
    long endOfBlock(long at) {
        return Math.min(size, startOfBlock(at) + BLOCK_BYTES);
    }

    /** Whether a whole fragment with a right checksum begins here. */
    boolean isFragment(long at) throws IOException {
        if (at + HEADER_BYTES > endOfBlock(at)) {
            return false;
        }
        int type = type(at);
        if (type < FULL || type > LAST || end(at) > endOfBlock(at)) {
            return false;
        }
        int offset = load(at);
        CRC32C crc = new CRC32C();
        crc.update(block, offset + 6, 1 + length(offset));
        int value = (int) crc.getValue();
        int masked = ((value >>> 15) | (value << 17)) + 0xa282ead8;
        int stored = (block[offset] & 0xff)
                | (block[offset + 1] & 0xff) << 8
                | (block[offset + 2] & 0xff) << 16
                | (block[offset + 3] & 0xff) << 24;
        return masked == stored;
    }

    int type(long at) throws IOException {
        int offset = load(at);
        return block[offset + 6];
    }

    /** Where the fragment ends; also of one that is damaged, as far as its header is there. */
    long end(long at) throws IOException {
        return at + HEADER_BYTES + length(load(at));
    }

    byte[] payload(long at) throws IOException {
        int offset = load(at) + HEADER_BYTES;
        return Arrays.copyOfRange(block, offset, offset + length(offset - HEADER_BYTES));
    }

    /** Whether the file holds nothing but zeros from any offset on. */
    boolean onlyZerosFrom(long from) throws IOException {
        for (long at = from; at < size; at = endOfBlock(at)) {
            for (int offset = load(at); offset < block.length; offset++) {
                if (block[offset] != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private int length(int offset) {
        return (block[offset + 4] & 0xff) | (block[offset + 5] & 0xff) << 8;
    }

    /** Reads the block of an offset, and returns where in it the offset lies. */
    private int load(long at) throws IOException {
        long start = startOfBlock(at);
        if (block.length == 0 || start != blockStart) {
            ByteBuffer buffer = ByteBuffer.allocate((int) (endOfBlock(at) - start));
            while (buffer.hasRemaining() && channel.read(buffer, start + buffer.position()) >= 0) {
                // goes on until the block is full
            }
            block = buffer.array();
            blockStart = start;
        }
        return (int) (at - start);
    }
}
