package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.mostdb.api.StorageException;

/**
 * The directories that this process has open. LevelDB's lock guards against other processes only, and a second try to
 * take it from the same process would even give it free: closing any handle on a file drops all the POSIX locks that
 * the process has on it. So nobody may try.
 */
final class OpenDirectories {

    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private OpenDirectories() {}

    /** Returns the name under which the directory is to be released. */
    static Path claim(Path directory) {
        Path real;
        try {
            real = directory.toRealPath();
        } catch (IOException e) {
            throw new StorageException("the store directory " + directory + " cannot be entered: " + e.getMessage(), e);
        }
        if (!OPEN.add(real)) {
            throw new StorageException("the store in " + directory
                    + " is already open in this process; give each node a directory of its own");
        }
        return real;
    }

    static void release(Path claimed) {
        OPEN.remove(claimed);
    }
}
