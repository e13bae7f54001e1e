package org.mostdb.store.iq80;

import java.io.IOException;
import java.nio.file.Path;
import org.iq80.leveldb.DBFactory;
import org.iq80.leveldb.impl.Iq80DBFactory;
import org.mostdb.store.leveldb.LevelDbKind;
import org.mostdb.store.leveldb.LevelDbProvider;

/**
 * LevelDB in pure Java: runs wherever Java does. Its options are those of {@link LevelDbProvider}, of which it ignores
 * {@code block-cache-mib}.
 *
 * <p>It gives less than the native one: it verifies the checksums of tables when a store is opened, which reads all of
 * them, and not when it reads them later, so a bit that flips meanwhile may go unnoticed; and a read may wait for the
 * disk of a write that is under way.
 */
public final class Iq80Provider extends LevelDbProvider {

    @Override
    public String name() {
        return "iq80";
    }

    @Override
    protected LevelDbKind kind() {
        return LevelDbKind.PURE_JAVA;
    }

    /** All of each table is read once at a start, because the library verifies no checksum of them, ever. */
    @Override
    protected void checkTable(Path table) throws IOException {
        CheckedTable.check(table);
    }

    /**
     * The factory, without memory-mapped files: with them a sync misses the part of a record that lies in the mapping
     * before, a full disk ends in an error of the virtual machine, and closing a table gives memory free that a read
     * may still use.
     */
    @Override
    protected DBFactory loadFactory() {
        if (System.getProperty("leveldb.mmap") == null) {
            System.setProperty("leveldb.mmap", "false");
        }
        return Iq80DBFactory.factory;
    }
}
