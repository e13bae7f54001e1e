package org.mostdb.store.leveldb;

import java.util.List;
import java.util.Set;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.Options;
import org.mostdb.api.spi.EngineSettings;

/** Reads the options of {@link LevelDbProvider}. */
final class LevelDbOptions {

    static final Set<String> NAMES = Set.of(
            "journal-mib",
            "row-cache-mib",
            "block-cache-mib",
            "write-buffer-mib",
            "block-size-kib",
            "max-open-files",
            "compression");

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /** The bound of the heap is also that of the memory outside of it, which others need too. */
    private static final int ROW_CACHE_PER_HEAP = 16;

    private LevelDbOptions() {}

    /** Of each of the journal's two files; 0 if there is to be none. */
    static int journalBytes(EngineSettings settings) {
        return (int) settings.number("journal-mib", 4, 0, 1024) * MIB;
    }

    /** Of the rows that are held beside the journal. */
    static long rowCacheBytes(EngineSettings settings) {
        long mostByDefault = Runtime.getRuntime().maxMemory() / MIB / ROW_CACHE_PER_HEAP;
        return settings.number("row-cache-mib", Math.min(16, mostByDefault), 0, 16_384) * MIB;
    }

    static Options read(EngineSettings settings) {
        String compression = settings.choice("compression", "snappy", List.of("snappy", "none"));
        return new Options()
                .createIfMissing(true)
                .paranoidChecks(true)
                .verifyChecksums(true)
                .cacheSize(settings.number("block-cache-mib", 16, 0, 65_536) * MIB)
                .writeBufferSize((int) settings.number("write-buffer-mib", 4, 1, 1024) * MIB)
                .blockSize((int) settings.number("block-size-kib", 6, 1, 1024) * KIB)
                .maxOpenFiles((int) settings.number("max-open-files", 640, 74, 50_000))
                .compressionType(compression.equals("snappy") ? CompressionType.SNAPPY : CompressionType.NONE);
    }
}
