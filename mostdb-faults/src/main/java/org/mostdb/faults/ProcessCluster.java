package org.mostdb.faults;

import java.util.List;
import java.util.stream.Collectors;

/** Nodes that list each other. The first node is number 1. */
public final class ProcessCluster {

    private final List<ServerProcess> nodes;

    /** @param nodes are not started yet */
    public ProcessCluster(List<ServerProcess> nodes) {
        this.nodes = List.copyOf(nodes);
        String urls = nodes.stream().map(node -> node.url().toString()).collect(Collectors.joining(";"));
        nodes.forEach(
                node -> node.with("MOSTDB_SERVER_URL", node.url().toString()).with("MOSTDB_CLUSTER_URLS", urls));
    }

    /** All of them, in the order of their numbers. */
    public List<ServerProcess> nodes() {
        return nodes;
    }

    /** One of them, from 1. */
    public ServerProcess node(int number) {
        return nodes.get(number - 1);
    }

    /** Sets a setting of all nodes for the starts from now on. */
    public ProcessCluster with(String name, String value) {
        nodes.forEach(node -> node.with(name, value));
        return this;
    }

    /** Starts all of them. */
    public ProcessCluster start() {
        nodes.forEach(ServerProcess::start);
        return this;
    }

    /** Waits until each says itself that it would serve. */
    public ProcessCluster awaitReady() {
        nodes.forEach(ServerProcess::awaitReady);
        return this;
    }

    /** SIGKILL to all at once. */
    public void kill() {
        nodes.forEach(ServerProcess::killSoon);
        nodes.forEach(ServerProcess::awaitEnd);
    }
}
