package org.mostdb.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mostdb.api.spi.StorageEngine;

/**
 * Makes a new cluster from what is left of one that lost a majority of its stores. First says what it found and what
 * may be lost, and goes on only if that is answered with {@code yes}.
 */
final class Reform implements AutoCloseable {

    private final NewCluster cluster;

    /**
     * Takes the node's data folder, so that no node can run on it meanwhile.
     *
     * @throws StartRefusedException with one sentence, if the configuration is wrong or a node runs on the folder
     */
    Reform(Settings settings, Map<String, String> environment) {
        cluster = new NewCluster(settings, environment);
    }

    /**
     * Does it.
     *
     * @param named further data folders, or engine folders such as those set aside
     * @param answer to the question whether to go on; asked once
     */
    NewCluster.Outcome run(List<Path> named, PrintWriter out, Supplier<String> answer) {
        return cluster.make("what is left of another one", cluster.policy().reform(openAll(named)), out, answer);
    }

    private SequencedMap<String, StorageEngine> openAll(List<Path> named) {
        SequencedMap<Path, String> folders = new LinkedHashMap<>();
        if (!isEmpty(cluster.engineDirectory())) {
            folders.put(real(cluster.engineDirectory()), cluster.engineDirectory() + " (this node)");
        }
        for (Path path : named) {
            folders.putIfAbsent(real(engineFolder(path)), path.toString());
        }
        if (folders.isEmpty()) {
            throw new StartRefusedException("There is no store in " + cluster.root()
                    + ": name the data folders, or the stores set aside, that a new cluster is to be made from.");
        }
        SequencedMap<String, StorageEngine> engines = new LinkedHashMap<>();
        folders.forEach((folder, name) -> engines.put(name, cluster.openEngine(folder)));
        return engines;
    }

    /** Where the engine's files are: in a data folder, of which no node may make use now, or right there. */
    private Path engineFolder(Path path) {
        Path engine = path;
        if (Files.exists(path.resolve(StoreDirectory.MARKER)) && !isSame(path, cluster.root())) {
            engine = cluster.held(path).engineDirectory();
        } else if (Files.exists(path.resolve(StoreDirectory.MARKER))) {
            engine = cluster.engineDirectory();
        }
        if (isEmpty(engine)) {
            throw new StartRefusedException(
                    path + " holds no store: name a data folder of mostdb, or a folder called store-set-aside-….");
        }
        return engine;
    }

    private static boolean isEmpty(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The folder " + folder + " can't be read (" + IoProblem.words(e) + "): name a folder with a store.",
                    e);
        }
    }

    private static boolean isSame(Path one, Path other) {
        return real(one).equals(real(other));
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The folder " + path + " can't be read (" + IoProblem.words(e) + "): name a folder with a store.",
                    e);
        }
    }

    @Override
    public void close() {
        cluster.close();
    }
}
