package org.mostdb.store.iq80;

import org.iq80.leveldb.DBFactory;
import org.iq80.leveldb.impl.Iq80DBFactory;
import org.mostdb.store.leveldb.LevelDbKind;
import org.mostdb.store.leveldb.LevelDbProvider;

/**
 * LevelDB in pure Java: runs wherever Java does. Its options are those of {@link LevelDbProvider}, of which it ignores
 * {@code block-cache-mib}.
 *
 * <p>It gives less than the native one: it does not verify the checksums of tables, so a flipped bit in one may go
 * unnoticed; and a read may wait for the disk of a write that is under way.
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
