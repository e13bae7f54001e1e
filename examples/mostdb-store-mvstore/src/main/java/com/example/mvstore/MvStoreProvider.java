package com.example.mvstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;

/** Makes the engine over H2's MVStore known to mostdb. It has one option, {@code cache-mib} (0 to 65536, default 64). */
public final class MvStoreProvider implements StorageEngineProvider {

    private static final String FILE = "mostdb.mv";

    /**
     * The directories that this process has open. To ask the file lock instead would lose it: closing any handle on a
     * file gives up the locks that the process has on it.
     */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    @Override
    public String name() {
        return "mvstore";
    }

    @Override
    public String format() {
        return "mvstore";
    }

    @Override
    public Set<String> options() {
        return Set.of("cache-mib");
    }

    @Override
    public StorageEngine open(EngineSettings settings) {
        int cacheMib = (int) settings.number("cache-mib", 64, 0, 65_536);
        Path directory = settings.directory();
        Path claimed = claim(directory);
        boolean opened = false;
        try {
            refuseForeign(directory);
            MVStore store = new MVStore.Builder()
                    .fileName(directory.resolve(FILE).toString())
                    .cacheSize(cacheMib)
                    .autoCommitDisabled() // half a batch must never be committed, neither after a time
                    .autoCommitBufferSize(0) // nor when it is large
                    .open();
            StorageEngine engine = new MvStoreEngine(this, settings, store, () -> OPEN.remove(claimed));
            opened = true;
            return engine;
        } catch (MVStoreException e) {
            String reason = e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED
                    ? "is in use by another process; stop it, or choose another directory"
                    : "cannot be opened: " + MvStoreEngine.reason(e);
            throw new StorageException("the store in " + directory + " " + reason, e);
        } finally {
            if (!opened) {
                OPEN.remove(claimed);
            }
        }
    }

    private static Path claim(Path directory) {
        try {
            Path real = directory.toRealPath();
            if (!OPEN.add(real)) {
                throw new StorageException("the store in " + directory
                        + " is already open in this process; give each node a directory of its own");
            }
            return real;
        } catch (IOException e) {
            throw new StorageException("the directory " + directory + " cannot be entered: " + e.getMessage(), e);
        }
    }

    private static void refuseForeign(Path directory) {
        try (var files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(FILE))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new StorageException("the directory " + directory + " holds " + name
                                + ", which is no file of this engine; choose an empty directory");
                    });
        } catch (IOException e) {
            throw new StorageException("the directory " + directory + " cannot be listed: " + e.getMessage(), e);
        }
    }
}
