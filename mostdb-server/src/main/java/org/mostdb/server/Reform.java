package org.mostdb.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;

/**
 * Makes a new cluster from what is left of one that lost a majority of its stores. First says what it found and what
 * may be lost, and goes on only if that is answered with {@code yes}.
 */
final class Reform implements AutoCloseable {

    /** How it ended. */
    enum Outcome {
        DONE,
        DECLINED
    }

    private final Settings settings;
    private final Members members;
    private final StoreDirectory directory;
    private final Path root;
    private final StorageEngineProvider engineProvider;
    private final ReplicationPolicyProvider policyProvider;
    private final Plugins plugins;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /**
     * Takes the node's data folder, so that no node can run on it meanwhile.
     *
     * @throws StartRefusedException with one sentence, if the configuration is wrong or a node runs on the folder
     */
    Reform(Settings settings, Map<String, String> environment) {
        this.settings = settings;
        members = Members.of(settings, InetAddress::getAllByName, Node::isLocal);
        plugins = Plugins.find(settings);
        open.push(plugins);
        try {
            engineProvider = plugins.engine(settings);
            policyProvider = plugins.policy(settings);
            root = StoreRoot.choose(settings, environment).path();
            directory = held(root);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Does it.
     *
     * @param named further data folders, or engine folders such as those set aside
     * @param answer to the question whether to go on; asked once
     */
    Outcome run(List<Path> named, PrintWriter out, Supplier<String> answer) {
        Reformation reformation = policyProvider.reform(openAll(named));
        out.println("This makes a new cluster from what is left of another one. Found:");
        reformation.found().forEach(line -> out.println("  " + line));
        out.println(reformation.loss());
        out.println(plan());
        out.flush();
        if (!answer.get().strip().equals("yes")) {
            out.println("Nothing was changed.");
            return Outcome.DECLINED;
        }
        long keys;
        Optional<Path> setAside;
        try {
            keys = make(StoreReplacement.begin(root), reformation);
            closeEngines();
            setAside = StoreReplacement.commit(root);
        } catch (IOException e) {
            throw new StorageException(
                    "the new store in " + root + " could not be made (" + IoProblem.words(e) + "); run this again", e);
        }
        out.println("Done: the new store in " + directory.engineDirectory() + " holds " + Count.of(keys, "key") + "."
                + setAside.map(path -> " The store of before is " + path + ".").orElse(""));
        out.println(nextSteps());
        return Outcome.DONE;
    }

    private SequencedMap<String, StorageEngine> openAll(List<Path> named) {
        SequencedMap<Path, String> folders = new LinkedHashMap<>();
        if (!isEmpty(directory.engineDirectory())) {
            folders.put(real(directory.engineDirectory()), directory.engineDirectory() + " (this node)");
        }
        for (Path path : named) {
            folders.putIfAbsent(real(engineFolder(path)), path.toString());
        }
        if (folders.isEmpty()) {
            throw new StartRefusedException("There is no store in " + root
                    + ": name the data folders, or the stores set aside, that a new cluster is to be made from.");
        }
        SequencedMap<String, StorageEngine> engines = new LinkedHashMap<>();
        folders.forEach((folder, name) -> engines.put(name, openEngine(folder)));
        return engines;
    }

    /** Where the engine's files are: in a data folder, of which no node may make use now, or right there. */
    private Path engineFolder(Path path) {
        Path engine = path;
        if (Files.exists(path.resolve(StoreDirectory.MARKER)) && !isSame(path, root)) {
            engine = held(path).engineDirectory();
        } else if (Files.exists(path.resolve(StoreDirectory.MARKER))) {
            engine = directory.engineDirectory();
        }
        if (isEmpty(engine)) {
            throw new StartRefusedException(
                    path + " holds no store: name a data folder of mostdb, or a folder called store-set-aside-….");
        }
        return engine;
    }

    private StoreDirectory held(Path folder) {
        StoreDirectory taken =
                StoreDirectory.open(folder, engineProvider.format(), policyProvider.name(), plugins::enginesOfFormat);
        open.push(taken);
        return taken;
    }

    private StorageEngine openEngine(Path folder) {
        StorageEngine engine = Plugins.firstUse(
                "storage engine",
                engineProvider.name(),
                () -> engineProvider.open(new EngineSettings(folder, settings.engineOptions())));
        open.push(engine);
        return engine;
    }

    private long make(Path folder, Reformation reformation) {
        return reformation.write(openEngine(folder), members.peers(), new SecureRandom());
    }

    private String plan() {
        return "The new cluster will have the size of the configured list: "
                + (members.peers().isEmpty()
                        ? "this node alone."
                        : members.size() + " members, this node and " + others() + ".")
                + " The store in " + directory.engineDirectory() + " is set aside, and a new one takes its place.";
    }

    private String nextSteps() {
        return members.peers().isEmpty()
                ? "Next: start this node."
                : "Next: start this node. Then start " + others() + " with empty data folders: move theirs away before"
                        + " that. They copy what this one holds by themselves, and requests are served as soon as a"
                        + " majority is there.";
    }

    private String others() {
        return members.peers().stream().map(URI::toString).collect(Collectors.joining(", "));
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

    /** A folder can be renamed safely only once nobody writes in it. */
    private void closeEngines() {
        while (open.peek() instanceof StorageEngine engine) {
            open.pop();
            engine.close();
        }
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            AutoCloseable part = open.pop();
            try {
                part.close();
            } catch (Exception e) {
                // The others must be closed all the same.
                System.getLogger(Reform.class.getName())
                        .log(System.Logger.Level.ERROR, "A part could not be closed", e);
            }
        }
    }
}
