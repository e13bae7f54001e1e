package org.mostdb.store.leveldbjni;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.DBFactory;
import org.mostdb.api.StorageException;
import org.mostdb.store.leveldb.LevelDbKind;
import org.mostdb.store.leveldb.LevelDbProvider;

/**
 * LevelDB in C++, through JNI: the fastest engine, for 64-bit Intel and AMD processors. Its options are those of
 * {@link LevelDbProvider}.
 */
public final class LevelDbJniProvider extends LevelDbProvider {

    /** Where the library's loader looks and extracts first. */
    private static final String LIBRARY_PATH = "library.leveldbjni.path";

    @Override
    public String name() {
        return "leveldbjni";
    }

    @Override
    protected LevelDbKind kind() {
        return LevelDbKind.NATIVE;
    }

    @Override
    protected DBFactory loadFactory() {
        try {
            return LoadedLibrary.FACTORY;
        } catch (LinkageError e) {
            // The first try throws what the loader threw, a later one only says that there was a first.
            throw new StorageException(
                    "the native LevelDB does not load on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch")
                            + " (it is made for Linux, macOS and Windows on Intel and AMD, and needs a temporary folder"
                            + " that allows programs, now " + System.getProperty("java.io.tmpdir")
                            + "; another one is set with -Djava.io.tmpdir); MOSTDB_STORE_ENGINE=iq80 opens the same"
                            + " files without it",
                    e);
        }
    }

    /**
     * Loads on first use. The loader extracts the library into a folder and removes it when the process ends, so a
     * killed one would leave it behind each time. In a folder of our own it can go as soon as it is loaded.
     */
    private static final class LoadedLibrary {

        static final DBFactory FACTORY = load();

        private static DBFactory load() {
            if (System.getProperty(LIBRARY_PATH) != null) {
                return JniDBFactory.factory;
            }
            Path folder;
            try {
                folder = Files.createTempDirectory("mostdb-leveldbjni-");
            } catch (IOException e) {
                throw new LinkageError("no temporary folder can be made: " + e.getMessage(), e);
            }
            // For systems that keep a loaded file. Asked for first, it is done last, after the loader's own request.
            folder.toFile().deleteOnExit();
            System.setProperty(LIBRARY_PATH, folder.toString());
            try {
                return JniDBFactory.factory;
            } finally {
                System.clearProperty(LIBRARY_PATH);
                remove(folder);
            }
        }

        private static void remove(Path folder) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.delete(file);
                }
                Files.delete(folder);
            } catch (IOException e) {
                System.getLogger(LevelDbJniProvider.class.getName())
                        .log(System.Logger.Level.DEBUG, "the folder " + folder + " is removed at the end", e);
            }
        }
    }
}
