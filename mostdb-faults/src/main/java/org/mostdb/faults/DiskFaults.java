package org.mostdb.faults;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Disks that take no data for a while, and lose none. */
final class DiskFaults {

    // Below the reserve, on each side of the limits at which a node takes less and less; a few MiB always stay for what
    // the engine writes by itself.
    private static final int LEAST_LEFT_MIB = 10;
    private static final int MOST_LEFT_MIB = 30;

    private DiskFaults() {}

    static Optional<Fault> full(Site site) throws IOException {
        List<Integer> nodes = site.takeFree(1);
        if (nodes.isEmpty()) {
            return Optional.empty();
        }
        int leftMib = site.random().between(LEAST_LEFT_MIB, MOST_LEFT_MIB);
        site.disk(nodes.getFirst()).fill(leftMib);
        return Optional.of(new Full(site, nodes, leftMib));
    }

    static Optional<Fault> readOnly(Site site) {
        List<Integer> nodes = site.takeFree(1);
        if (nodes.isEmpty()) {
            return Optional.empty();
        }
        int number = nodes.getFirst();
        site.node(number).kill();
        site.disk(number).readOnly(true);
        site.node(number).start();
        return Optional.of(new ReadOnly(site, nodes));
    }

    private record Full(Site site, List<Integer> nodes, int leftMib) implements Fault {

        @Override
        public String what() {
            return "disk of node " + nodes + " full but for " + leftMib + " MiB";
        }

        @Override
        public void heal() throws IOException {
            int number = nodes.getFirst();
            site.disk(number).free();
            startAgainIfRefused(site.node(number));
            site.giveBack(nodes);
        }
    }

    /** A node that was still starting when its disk became full says so and ends. */
    private static void startAgainIfRefused(ServerProcess node) {
        if (!node.isAlive() && node.errors().contains("and a start needs more than")) {
            node.start();
        }
    }

    /** The node cannot note that it was started, so it must say so and end. */
    private record ReadOnly(Site site, List<Integer> nodes) implements Fault {

        @Override
        public String what() {
            return "node " + nodes + " started on a read-only disk";
        }

        @Override
        public void heal() {
            int number = nodes.getFirst();
            ServerProcess node = site.node(number);
            int code = node.awaitEnd();
            if (code == 0 || node.errors().lines().noneMatch(line -> line.startsWith("mostdb: "))) {
                throw new AssertionError(
                        "node " + number + " was started on a read-only disk, and ended with exit code " + code
                                + " and these words: " + node.errors());
            }
            site.disk(number).readOnly(false);
            node.start();
            site.giveBack(nodes);
        }
    }
}
