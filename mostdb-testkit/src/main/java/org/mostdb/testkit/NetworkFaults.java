package org.mostdb.testkit;

import java.util.List;

/** What goes wrong between nodes. */
final class NetworkFaults {

    private final Stage stage;
    private final SeededRandom random;
    private final Coverage coverage;
    private final SimulatedNetwork network;

    NetworkFaults(Stage stage) {
        this.stage = stage;
        this.random = stage.random;
        this.coverage = stage.coverage;
        this.network = stage.network;
    }

    void split() {
        coverage.count("partitions");
        List<SimulatedHost> side =
                stage.hosts.stream().filter(unused -> random.chance(0.5)).toList();
        for (SimulatedHost one : side) {
            for (SimulatedHost other : stage.hosts) {
                if (!side.contains(other)) {
                    blockOneWay(one, other);
                    blockOneWay(other, one);
                }
            }
        }
    }

    /** Two sides that reach each other only through one node. */
    void bridge(SimulatedHost between) {
        coverage.count("bridge partitions");
        for (SimulatedHost one : stage.hosts) {
            for (SimulatedHost other : stage.hosts) {
                boolean otherSide = (one.place() + between.place()) % 2 != (other.place() + between.place()) % 2;
                if (one != between && other != between && otherSide) {
                    blockOneWay(one, other);
                }
            }
        }
    }

    void isolate(SimulatedHost host) {
        coverage.count("isolated nodes");
        stage.hosts.forEach(other -> {
            blockOneWay(host, other);
            blockOneWay(other, host);
        });
    }

    void oneWay(SimulatedHost from, SimulatedHost to) {
        coverage.count("one-way partitions");
        blockOneWay(from, to);
    }

    private void blockOneWay(SimulatedHost from, SimulatedHost to) {
        if (from != to) {
            network.block(from.place(), to.place());
            if (random.chance(0.3)) {
                network.disconnect(from.place(), to.place());
            }
            stage.lasting(() -> network.unblock(from.place(), to.place()));
        }
    }

    void disconnect(SimulatedHost one, SimulatedHost other) {
        coverage.count("broken connections");
        network.disconnect(one.place(), other.place());
    }

    void slowLink(SimulatedHost from, SimulatedHost to) {
        coverage.count("slow links");
        network.slowDown(from.place(), to.place(), stage.length());
        stage.lasting(() -> network.slowDown(from.place(), to.place(), 0));
    }

    void badWeather() {
        coverage.count("bad weather");
        SimulatedNetwork.Weather weather = network.weather();
        weather.loss = random.nextDouble() / 2;
        weather.duplication = random.nextDouble() / 2;
        weather.straggling = random.nextDouble() / 4;
        stage.lasting(() -> {
            weather.loss = 0.01;
            weather.duplication = 0.01;
            weather.straggling = 0.01;
        });
    }
}
