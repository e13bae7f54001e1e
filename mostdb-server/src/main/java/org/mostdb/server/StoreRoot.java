package org.mostdb.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where the data is, and why there.
 *
 * @param path exists and can be written
 * @param reason why it is this one, for the log
 */
record StoreRoot(Path path, String reason) {

    private static final Path STANDARD = Path.of("/opt/mostdb");

    /**
     * Chooses the folder, and makes it.
     *
     * @throws StartRefusedException with one sentence, if there is none that can be written
     */
    static StoreRoot choose(Settings settings, Map<String, String> environment) {
        return choose(settings, environment, STANDARD);
    }

    static StoreRoot choose(Settings settings, Map<String, String> environment, Path standard) {
        if (settings.storeRoot().isPresent()) {
            Path path = settings.storeRoot().get().toAbsolutePath().normalize();
            makeWritable(path).ifPresent(problem -> {
                throw new StartRefusedException("MOSTDB_STORE_ROOT=" + path + " can't be used (" + problem
                        + "): it must be a folder that this user can write to.");
            });
            return new StoreRoot(path, "set by MOSTDB_STORE_ROOT");
        }
        Optional<String> problem = makeWritable(standard);
        if (problem.isEmpty()) {
            return new StoreRoot(standard, "the default, since MOSTDB_STORE_ROOT is not set");
        }
        Path fallback = fallback(environment, standard);
        makeWritable(fallback).ifPresent(second -> {
            throw new StartRefusedException("Neither " + standard + " (" + problem.get() + ") nor " + fallback + " ("
                    + second + ") can be written: set MOSTDB_STORE_ROOT to a folder that this user can write to.");
        });
        return new StoreRoot(fallback, standard + " can't be written; MOSTDB_STORE_ROOT sets another place");
    }

    private static Path fallback(Map<String, String> environment, Path standard) {
        String dataHome = environment.getOrDefault("XDG_DATA_HOME", "");
        String home = environment.getOrDefault("HOME", "");
        if (!dataHome.isEmpty() && Path.of(dataHome).isAbsolute()) {
            return Path.of(dataHome, "mostdb");
        }
        if (home.isEmpty()) {
            throw new StartRefusedException(
                    standard + " can't be written, and HOME is not set: set MOSTDB_STORE_ROOT to a folder that this"
                            + " user can write to.");
        }
        return Path.of(home, ".local", "share", "mostdb");
    }

    /** Makes a folder, and returns what is in the way, if anything is. */
    private static Optional<String> makeWritable(Path path) {
        try {
            Files.createDirectories(path);
            // Asking the file system for permissions does not see a read-only mount; making a file does.
            Files.delete(Files.createTempFile(path, ".write-test", ""));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(IoProblem.words(e));
        }
    }
}
