package org.mostdb.store.iq80;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.zip.CRC32C;
import org.iq80.leveldb.table.Block;
import org.iq80.leveldb.table.BlockHandle;
import org.iq80.leveldb.table.BlockIterator;
import org.iq80.leveldb.table.BlockTrailer;
import org.iq80.leveldb.table.FileChannelTable;
import org.mostdb.api.CorruptStoreException;

/**
 * A table of which the checksums are compared, block by block, as the library never does: the index block before it is
 * used, then all those that it names. The format is that of {@code table_format.md}: a block is followed by its type (1
 * byte) and a masked CRC32C over both (4 bytes, little-endian).
 */
final class CheckedTable extends FileChannelTable {

    private static final int MASK_DELTA = 0xa282ead8;

    private CheckedTable(Path file, FileChannel channel) throws IOException {
        super(file.toString(), channel, Comparator.naturalOrder(), true);
    }

    /**
     * Compares all.
     *
     * @throws CorruptStoreException if one is wrong, or the file is no table
     * @throws IOException if it cannot be read
     */
    static void check(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            CheckedTable table = new CheckedTable(file, channel);
            BlockIterator blocks = table.indexBlock.iterator();
            while (blocks.hasNext()) {
                table.verify(
                        BlockHandle.readBlockHandle(blocks.next().getValue().input()));
            }
        } catch (EOFException | IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
            throw new CorruptStoreException(
                    "the store in " + file.getParent() + " is corrupt: " + file.getFileName() + " is damaged ("
                            + e.getMessage() + "); restore the directory from a copy",
                    e);
        }
    }

    /** Called by the constructor of the library's class, for the index. */
    @Override
    protected Block readBlock(BlockHandle handle) throws IOException {
        verify(handle);
        return super.readBlock(handle);
    }

    private void verify(BlockHandle handle) throws IOException {
        long end = handle.getOffset() + handle.getDataSize() + BlockTrailer.ENCODED_LENGTH;
        if (handle.getOffset() < 0 || handle.getDataSize() < 0 || end > fileChannel.size()) {
            throw new EOFException("a block ends at byte " + end);
        }
        ByteBuffer block = ByteBuffer.allocate(handle.getDataSize() + BlockTrailer.ENCODED_LENGTH)
                .order(ByteOrder.LITTLE_ENDIAN);
        while (block.hasRemaining()) {
            if (fileChannel.read(block, handle.getOffset() + block.position()) < 0) {
                throw new EOFException("a block ends behind the file");
            }
        }
        CRC32C crc = new CRC32C();
        crc.update(block.array(), 0, handle.getDataSize() + 1);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
        if (masked != block.getInt(handle.getDataSize() + 1)) {
            throw new IllegalStateException("the block at byte " + handle.getOffset() + " has a wrong checksum");
        }
    }
}
