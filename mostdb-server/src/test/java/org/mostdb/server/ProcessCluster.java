package org.mostdb.server;

import java.util.List;
import java.util.stream.Collectors;

/** Nodes that list each other. The first node is number 1. */
final class ProcessCluster {

    private final List<ServerProcess> nodes;

    ProcessCluster(List<ServerProcess> nodes) {
        this.nodes = List.copyOf(nodes);
        String urls = nodes.stream().map(node -> node.url().toString()).collect(Collectors.joining(";"));
        nodes.forEach(
                node -> node.with("MOSTDB_SERVER_URL", node.url().toString()).with("MOSTDB_CLUSTER_URLS", urls));
    }

    List<ServerProcess> nodes() {
        return nodes;
    }

    ServerProcess node(int number) {
        return nodes.get(number - 1);
    }

    /** Sets a setting of all nodes for the starts from now on. */
    ProcessCluster with(String name, String value) {
        nodes.forEach(node -> node.with(name, value));
        return this;
    }

    ProcessCluster start() {
        nodes.forEach(ServerProcess::start);
        return this;
    }

    ProcessCluster awaitReady() {
        nodes.forEach(ServerProcess::awaitReady);
        return this;
    }

    /** SIGKILL to all at once. */
    void kill() {
        nodes.forEach(ServerProcess::killSoon);
        nodes.forEach(ServerProcess::awaitEnd);
    }
}
