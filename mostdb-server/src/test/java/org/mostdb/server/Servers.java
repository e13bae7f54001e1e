package org.mostdb.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The processes of one test: makes nodes in folders of their own, ends them all with the test, and prints their logs if
 * the test failed.
 */
final class Servers implements BeforeEachCallback, AfterEachCallback {

    // Below the ports from which systems take those of outgoing connections: a node that dials a peer that is down must
    // not get the very port that it dials, and no one else the port of a node that is about to start again.
    private static final int FIRST_PORT = 15_000;
    private static final int LAST_PORT = 32_000;

    private final List<ServerProcess> processes = new ArrayList<>();
    private final Set<Integer> given = new HashSet<>();
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
        return node(ServerProcess.JAR);
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
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            if (given.add(port) && isFree(port)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
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
