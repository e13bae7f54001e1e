package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.iq80.leveldb.DBFactory;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;

/**
 * What the two LevelDB engines have in common: format, options, and the way to open. The options:
 *
 * <ul>
 *   <li>{@code journal-mib} (0 to 1024, default 4): the size of each of the two files in which writes are gathered, on
 *       disk and in memory, before they go to LevelDB, many at a time. 0 writes each batch to LevelDB at once.
 *   <li>{@code row-cache-mib} (0 to 16384, default 16, or a sixteenth of the greatest heap if that is less): memory for
 *       rows that were read lately, each of up to a 256th of it. Not without a journal. A row takes a thirtieth of a
 *       block's memory, and less time to be found there.
 *   <li>{@code block-cache-mib} (0 to 65536, default 16): memory for uncompressed blocks of tables; 0 leaves the
 *       library's own 8 MiB. The pure Java LevelDB has no block cache and ignores it: it relies on the operating
 *       system's page cache.
 *   <li>{@code write-buffer-mib} (1 to 1024, default 4): how much is gathered in memory, and in a log, before it
 *       becomes a table. Up to two of them are held at a time. More makes fewer compactions and a longer start.
 *   <li>{@code block-size-kib} (1 to 1024, default 6): the unit in which tables are read and compressed.
 *   <li>{@code max-open-files} (74 to 50000, default 640): how many tables are kept open, each with its index in
 *       memory, some 13 KiB. Opening one again takes as much as several reads.
 *   <li>{@code compression} ({@code snappy} or {@code none}, default {@code snappy}): of the blocks of new tables. Both
 *       engines read both.
 * </ul>
 */
public abstract class LevelDbProvider implements StorageEngineProvider {

    /** For the subclasses. */
    protected LevelDbProvider() {}

    @Override
    public final String format() {
        return "leveldb";
    }

    @Override
    public final Set<String> options() {
        return LevelDbOptions.NAMES;
    }

    @Override
    public final StorageEngine open(EngineSettings settings) {
        return JournaledEngine.open(this, settings);
    }

    /** What the adapter has to expect. */
    protected abstract LevelDbKind kind();

    /**
     * Verifies a table before a store is opened, where the library does not do so when it reads.
     *
     * @throws org.mostdb.api.CorruptStoreException with one sentence, if it is damaged
     * @throws IOException if it cannot be read
     */
    protected void checkTable(Path table) throws IOException {
        // The library verifies each block that it reads.
    }

    /**
     * The factory that opens the files; called by {@link #open} only, so that this is the place to load a library.
     *
     * @throws org.mostdb.api.StorageException if a library does not load
     */
    protected abstract DBFactory loadFactory();
}
