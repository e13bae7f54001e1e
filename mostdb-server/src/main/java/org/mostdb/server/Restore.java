package org.mostdb.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.mostdb.api.spi.Backup;

/** Makes a new cluster from backups, once all of them are verified and the operator agrees. */
final class Restore implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;

    private final NewCluster cluster;

    /**
     * Takes the node's data folder, so that no node can run on it meanwhile.
     *
     * @throws StartRefusedException with one sentence, if the configuration is wrong or a node runs on the folder
     */
    Restore(Settings settings, Map<String, String> environment) {
        cluster = new NewCluster(settings, environment);
    }

    /**
     * Does it.
     *
     * @param answer to the question whether to go on; asked once
     * @throws org.mostdb.api.StorageException with one sentence, if a file is no whole backup: nothing was changed then
     */
    NewCluster.Outcome run(List<Path> files, PrintWriter out, PrintWriter errors, Supplier<String> answer) {
        verify(files, out, errors);
        SequencedMap<String, Backup> backups = new LinkedHashMap<>();
        try (Progress progress = new Progress("restoring", errors)) {
            for (Path file : new LinkedHashSet<>(files)) {
                BackupReader reader = cluster.opened(open(file, progress.of(file.toString())));
                String policy = cluster.policy().name();
                if (!reader.policy().equals(policy)) {
                    throw new StartRefusedException(file + " was made by the policy " + reader.policy()
                            + ": set MOSTDB_REPLICATION_POLICY=" + reader.policy() + ".");
                }
                backups.put(file.toString(), new Backup(reader.originOfPolicy(), reader));
            }
            return cluster.make("backups", cluster.policy().restore(backups), out, answer);
        }
    }

    /**
     * Reads files to their ends, and says of each what it is.
     *
     * @throws org.mostdb.api.StorageException with one sentence, if one is no whole backup
     */
    static void verify(List<Path> files, PrintWriter out, PrintWriter errors) {
        for (Path file : files) {
            try (Progress progress = new Progress("verifying", errors);
                    BackupReader reader = open(file, progress.of(file.toString()))) {
                reader.readToEnd();
                out.println(file + " is whole: " + Count.of(reader.cells(), "cell") + ", "
                        + Count.of(reader.bytes(), "byte") + ", begun " + reader.begun() + ", policy "
                        + reader.policy());
                out.flush();
            }
        }
    }

    private static BackupReader open(Path file, Consumer<BackupReader> onBlock) {
        try {
            return BackupReader.open(
                    file.toString(), new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES), onBlock);
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The backup " + file + " can't be read (" + IoProblem.words(e) + "): name a file that ./mostdb"
                            + " backup has made.",
                    e);
        }
    }

    @Override
    public void close() {
        cluster.close();
    }
}
