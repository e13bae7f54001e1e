package org.mostdb.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;

/**
 * A new cluster in the making, in the data folder of the node that is to be its first member, and that does not run.
 * Holds the folder until it is closed, and whatever else was opened for it.
 */
final class NewCluster implements AutoCloseable {

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
    NewCluster(Settings settings, Map<String, String> environment) {
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

    ReplicationPolicyProvider policy() {
        return policyProvider;
    }

    /** The data folder. */
    Path root() {
        return root;
    }

    /** Where the present store is, or would be. */
    Path engineDirectory() {
        return directory.engineDirectory();
    }

    /** Takes another data folder too. */
    StoreDirectory held(Path folder) {
        return opened(
                StoreDirectory.open(folder, engineProvider.format(), policyProvider.name(), plugins::enginesOfFormat));
    }

    StorageEngine openEngine(Path folder) {
        return opened(Plugins.firstUse(
                "storage engine",
                engineProvider.name(),
                () -> engineProvider.open(new EngineSettings(folder, settings.engineOptions()))));
    }

    /** Is closed with this. */
    <T extends AutoCloseable> T opened(T part) {
        open.push(part);
        return part;
    }

    /**
     * Says what it is made from and what may be lost, and makes it if that is answered with {@code yes}.
     *
     * @param from what it is made from, in a few words
     * @param answer asked once
     */
    Outcome make(String from, Reformation reformation, PrintWriter out, Supplier<String> answer) {
        out.println("This makes a new cluster from " + from + ". Found:");
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
            keys = reformation.write(openEngine(StoreReplacement.begin(root)), members.peers(), new SecureRandom());
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

    private String plan() {
        return "The new cluster will have the size of the configured list: "
                + (members.peers().isEmpty()
                        ? "this node alone."
                        : members.size() + " members, this node and " + others() + ".")
                + (hasStore()
                        ? " The store in " + directory.engineDirectory()
                                + " is set aside, and a new one takes its place."
                        : "");
    }

    private boolean hasStore() {
        try {
            return StoreReplacement.hasStore(root);
        } catch (IOException e) {
            throw new StorageException("the folder " + root + " cannot be read (" + IoProblem.words(e) + ")", e);
        }
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
                System.getLogger(NewCluster.class.getName())
                        .log(System.Logger.Level.ERROR, "A part could not be closed", e);
            }
        }
    }
}
