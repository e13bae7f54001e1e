package org.mostdb.faults;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Ports on which nothing listens, each given out once. */
public final class FreePorts {

    // Below the ports from which systems take those of outgoing connections: a node that dials a peer that is down must
    // not get the very port that it dials, and no one else the port of a node that is about to start again.
    private static final int FIRST_PORT = 15_000;
    private static final int LAST_PORT = 32_000;

    private final Set<Integer> given = new HashSet<>();

    /** One that is free now. */
    public int next() {
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
}
