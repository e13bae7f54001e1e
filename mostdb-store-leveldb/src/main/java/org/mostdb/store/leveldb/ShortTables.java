package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Makes the tables that a compaction of the pure Java LevelDB has written readable for the native one. The MANIFEST
 * then records four bytes more than the table has: the size counts an empty block that is never written. The pure Java
 * LevelDB does not mind, but the native one looks for the footer at the end of the recorded size. So the table gets the
 * four bytes, in front of the footer: that points to blocks by their offset from the start, so what lies between them
 * and itself matters to nobody.
 */
final class ShortTables {

    private static final System.Logger LOG = System.getLogger(ShortTables.class.getName());

    private static final int MISSING_BYTES = 4;
    private static final int FOOTER_BYTES = 48;
    private static final int MAGIC_BYTES = 8;
    private static final long MAGIC = 0xdb4775248b80fb57L;

    private ShortTables() {}

    /** Mends what is to be mended. To be called under the store's lock. */
    static void mend(Path directory, Manifest manifest) throws IOException {
        int mended = 0;
        for (Map.Entry<Long, Long> table : manifest.tables().entrySet()) {
            Path file = directory.resolve(LevelDbFiles.name(table.getKey(), "sst"));
            if (LevelDbFiles.sizeOf(file) == table.getValue() - MISSING_BYTES) {
                byte[] bytes = Files.readAllBytes(file);
                if (endsWithFooter(bytes)) {
                    replace(file, directory.resolve(LevelDbFiles.name(table.getKey(), "dbtmp")), bytes);
                    mended++;
                }
            }
        }
        if (mended > 0) {
            LevelDbFiles.forceDirectory(directory);
            LOG.log(
                    System.Logger.Level.INFO,
                    "in {0} tables of the pure Java LevelDB were made readable for the native one: {1}",
                    directory,
                    Integer.toString(mended));
        }
    }

    private static boolean endsWithFooter(byte[] table) {
        return table.length >= FOOTER_BYTES
                && ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN).getLong(table.length - MAGIC_BYTES) == MAGIC;
    }

    /** One that is left behind by a crash is written anew by the next try, or removed by LevelDB with its table. */
    private static void replace(Path file, Path temporary, byte[] table) throws IOException {
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer longer = ByteBuffer.allocate(table.length + MISSING_BYTES);
                int footer = table.length - FOOTER_BYTES;
                longer.put(table, 0, footer).putInt(0).put(table, footer, FOOTER_BYTES);
                longer.flip();
                while (longer.hasRemaining()) {
                    channel.write(longer);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
