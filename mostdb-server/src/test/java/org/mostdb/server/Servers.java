package org.mostdb.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.mostdb.faults.Folders;
import org.mostdb.faults.FreePorts;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.ServerProcess;

/**
 * The processes of one test: makes nodes in folders of their own, ends them all with the test, and prints their logs if
 * the test failed.
 */
final class Servers implements BeforeEachCallback, AfterEachCallback {

    /** What the build has packaged. */
    static final Path JAR = Path.of("target", "mostdb-server.jar").toAbsolutePath();

    private final FreePorts ports = new FreePorts();
    private final List<ServerProcess> processes = new ArrayList<>();
    private Path folder = Path.of("");

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        folder = Files.createTempDirectory("mostdb-it-");
    }

    /** A folder that is there until the test ends. */
    Path folder() {
        return folder;
    }

    /** A node on a free port that is not started yet. */
    ServerProcess node() {
        return node(JAR);
    }

    /** The same, of another installation. */
    ServerProcess node(Path jar) {
        try {
            ServerProcess node = new ServerProcess(
                    jar, Files.createDirectory(folder.resolve("node-" + (processes.size() + 1))), freePort());
            processes.add(node);
            return node;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nodes that are members of one cluster and are not started yet. */
    ProcessCluster cluster(int size) {
        List<ServerProcess> nodes = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            nodes.add(node());
        }
        return new ProcessCluster(nodes);
    }

    /** A port on which nothing listens now, given out once. */
    int freePort() {
        return ports.next();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        processes.forEach(ServerProcess::close);
        if (context.getExecutionException().isPresent()) {
            processes.forEach(process -> System.err.println(process.log()));
        }
        processes.clear();
        Folders.delete(folder);
    }
}
