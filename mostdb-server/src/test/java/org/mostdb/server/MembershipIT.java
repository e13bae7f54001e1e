package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.ProcessCluster;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** The members are those that the disks name; the list only says where they are. */
class MembershipIT {

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void aListOfAnotherSizeThanTheRecordedIsRefused() {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        ServerProcess node = cluster.node(3);
        assertEquals(0, node.stop());

        node.with("MOSTDB_CLUSTER_URLS", node.url() + ";" + cluster.node(1).url());
        WrongStartIT.assertRefused(node, "MOSTDB_CLUSTER_URLS");
    }

    @Test
    void aSingleNodeDoesNotStartAsOneOfACluster() {
        ServerProcess node = servers.node().start().awaitReady();
        assertEquals(0, node.stop());

        node.with("MOSTDB_SERVER_URL", node.url().toString())
                .with(
                        "MOSTDB_CLUSTER_URLS",
                        node.url() + ";http://127.0.0.1:" + servers.freePort() + ";http://127.0.0.1:"
                                + servers.freePort());
        WrongStartIT.assertRefused(node, "MOSTDB_CLUSTER_URLS");
        assertFalse(node.output().contains("listening"), node.output());
    }

    @Test
    void aNodeOfAClusterDoesNotStartAsASingleOne() {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        ServerProcess node = cluster.node(1);
        assertEquals(0, node.stop());

        WrongStartIT.assertRefused(node.without("MOSTDB_CLUSTER_URLS"), "MOSTDB_CLUSTER_URLS");
    }

    @Test
    void aNodeThatMovedToAnotherAddressIsTheSameMember() {
        ProcessCluster cluster = servers.cluster(3).start().awaitReady();
        try (SeedClient client = new SeedClient(cluster.node(1))) {
            assertEquals(SeedClient.SUCCESS, client.set("before", "the move"));
        }
        cluster.nodes().forEach(node -> assertEquals(0, node.stop()));
        ServerProcess moved = servers.node()
                .with("MOSTDB_STORE_ROOT", cluster.node(3).dataFolder().toString());
        ProcessCluster after = new ProcessCluster(List.of(cluster.node(1), cluster.node(2), moved));

        after.start().awaitReady();
        after.node(2).kill();

        for (ServerProcess node : List.of(after.node(1), moved)) {
            try (SeedClient client = new SeedClient(node)) {
                assertEquals(SeedClient.found("before", "the move"), client.get("before"));
                assertEquals(SeedClient.SUCCESS, client.set("after", "the move"));
            }
        }
    }

    @Test
    void theListMayLeaveOutTheNodeItself() {
        List<ServerProcess> nodes = List.of(servers.node(), servers.node(), servers.node());
        for (ServerProcess node : nodes) {
            node.with(
                    "MOSTDB_CLUSTER_URLS",
                    nodes.stream()
                            .filter(other -> other != node)
                            .map(other -> other.url().toString())
                            .collect(Collectors.joining(",")));
        }

        nodes.forEach(ServerProcess::start);
        nodes.forEach(ServerProcess::awaitReady);

        try (SeedClient client = new SeedClient(nodes.getFirst())) {
            assertEquals(SeedClient.SUCCESS, client.set("key", "value"));
        }
        nodes.getFirst().kill();
        try (SeedClient client = new SeedClient(nodes.getLast())) {
            assertEquals(SeedClient.found("key", "value"), client.get("key"));
        }
    }
}
