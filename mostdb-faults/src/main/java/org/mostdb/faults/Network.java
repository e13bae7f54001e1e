package org.mostdb.faults;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The links between the nodes of a cluster, all of which go through this process. Nodes have numbers from 1. */
final class Network implements AutoCloseable {

    private final int size;
    private final List<List<Gate>> gates = new ArrayList<>();
    private final List<List<Link>> links = new ArrayList<>();

    /** Listens for each node in the place of each other one, and tells each the URLs at which it does. */
    Network(ProcessCluster cluster, FreePorts ports) {
        this.size = cluster.nodes().size();
        for (int from = 1; from <= size; from++) {
            List<Gate> row = new ArrayList<>();
            for (int to = 1; to <= size; to++) {
                row.add(new Gate());
            }
            gates.add(row);
        }
        for (int from = 1; from <= size; from++) {
            links.add(linksOf(from, cluster, ports));
        }
    }

    private List<Link> linksOf(int from, ProcessCluster cluster, FreePorts ports) {
        List<Link> row = new ArrayList<>();
        List<String> members = new ArrayList<>();
        for (int to = 1; to <= size; to++) {
            if (to == from) {
                members.add(cluster.node(from).url().toString());
            } else {
                Link link = new Link(ports.next(), cluster.node(to).port(), gate(from, to), gate(to, from)).start();
                row.add(link);
                members.add(link.url().toString());
            }
        }
        cluster.node(from).with("MOSTDB_CLUSTER_URLS", String.join(";", members));
        return row;
    }

    /** What all that one node sends to another goes through, whoever of them dialed. */
    private Gate gate(int from, int to) {
        return gates.get(from - 1).get(to - 1);
    }

    /** Where a node dials another one. */
    URI url(int from, int to) {
        return link(from, to).url();
    }

    private Link link(int from, int to) {
        return links.get(from - 1).get(to < from ? to - 1 : to - 2);
    }

    /** Holds what one node sends to another. */
    void hold(int from, int to) {
        gate(from, to).hold();
    }

    /** Slows down what one node sends to another. */
    void delay(int from, int to, Duration each) {
        gate(from, to).delay(each);
    }

    /** Lets pass what one node sends to another. */
    void open(int from, int to) {
        gate(from, to).open();
    }

    /** Whether something hinders what one node sends to another. */
    boolean isAffected(int from, int to) {
        return gate(from, to).isAffected();
    }

    /** Breaks all connections between two nodes; what is held there is lost. */
    void cut(int one, int other) {
        link(one, other).cut();
        link(other, one).cut();
    }

    @Override
    public void close() {
        links.forEach(row -> row.forEach(Link::close));
        gates.forEach(row -> row.forEach(Gate::open));
    }
}
