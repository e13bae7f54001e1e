package org.mostdb.faults;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What happens to processes: their memory in the store stays. */
final class ProcessFaults {

    /** Out of a hundred nodes that were killed, so many leave a copy of their store for later. */
    private static final int COPIES_OF_HUNDRED = 40;

    /** A JVM that was started just before does not know yet what it should do at the signal. */
    private static final int ENDED_BY_SIGTERM = 143;

    private ProcessFaults() {}

    static Optional<Fault> killOne(Site site) {
        return kill(site, 1);
    }

    static Optional<Fault> killMajority(Site site) {
        return kill(site, site.majority());
    }

    static Optional<Fault> killAll(Site site) {
        return kill(site, site.size());
    }

    private static Optional<Fault> kill(Site site, int count) {
        List<Integer> nodes = site.takeFree(count);
        if (nodes.isEmpty()) {
            return Optional.empty();
        }
        nodes.forEach(number -> site.node(number).killSoon());
        nodes.forEach(number -> site.node(number).awaitEnd());
        return Optional.of(new Down("nodes " + nodes + " killed", site, nodes));
    }

    static Optional<Fault> stop(Site site) {
        List<Integer> nodes = site.takeFree(1);
        nodes.forEach(number -> site.node(number).terminate());
        return nodes.isEmpty() ? Optional.empty() : Optional.of(new Stopped(site, nodes));
    }

    static Optional<Fault> pause(Site site) {
        List<Integer> nodes = site.takeFree(site.random().chance(0.25) ? site.majority() : 1);
        nodes.forEach(number -> site.node(number).freeze());
        return nodes.isEmpty() ? Optional.empty() : Optional.of(new Frozen(site, nodes));
    }

    /** Nodes that are not running. */
    private record Down(String what, Site site, List<Integer> nodes) implements Fault {

        @Override
        public void heal() throws IOException {
            for (int number : nodes) {
                if (site.random().nextInt(100) < COPIES_OF_HUNDRED && StoreFaults.hasStore(site, number)) {
                    StoreFaults.copy(site, number);
                }
                site.node(number).start();
            }
            site.giveBack(nodes);
        }
    }

    private record Stopped(Site site, List<Integer> nodes) implements Fault {

        @Override
        public String what() {
            return "node " + nodes + " stopped";
        }

        @Override
        public void heal() {
            for (int number : nodes) {
                int code = site.node(number).awaitEnd();
                if (code != 0 && code != ENDED_BY_SIGTERM) {
                    throw new AssertionError("node " + number + " was stopped, and ended with exit code " + code);
                }
                site.node(number).start();
            }
            site.giveBack(nodes);
        }
    }

    private record Frozen(Site site, List<Integer> nodes) implements Fault {

        @Override
        public String what() {
            return "nodes " + nodes + " frozen";
        }

        @Override
        public void heal() {
            nodes.forEach(number -> site.node(number).thaw());
            site.giveBack(nodes);
        }
    }
}
