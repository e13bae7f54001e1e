package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MembersTest {

    private static final Map<String, String> NAMES = Map.of(
            "localhost", "127.0.0.1", "a", "10.0.0.1", "also-a", "10.0.0.1", "b", "10.0.0.2", "here", "10.0.0.9");

    private static InetAddress[] resolve(String host) throws UnknownHostException {
        String address = host.matches("[0-9.]+") ? host : NAMES.get(host);
        if (address == null) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[] {InetAddress.getByName(address)};
    }

    private static Members members(String self, String list) {
        Settings settings = Settings.of(Map.of("MOSTDB_SERVER_URL", self, "MOSTDB_CLUSTER_URLS", list));
        return Members.of(
                settings,
                MembersTest::resolve,
                address -> address.getHostAddress().equals("10.0.0.9"));
    }

    private static String refusal(String self, String list) {
        return String.valueOf(assertThrows(StartRefusedException.class, () -> members(self, list))
                .getMessage());
    }

    @Test
    void theListMayContainThisNodeOrNot() {
        List<URI> peers = List.of(URI.create("http://b:5379"));
        assertEquals(
                peers, members("http://a:5379", "http://a:5379;http://b:5379").peers());
        assertEquals(peers, members("http://a:5379", "http://b:5379").peers());
        assertEquals(peers, members("", "http://b:5379").peers());
        assertEquals(2, members("", "http://b:5379").size());
        assertEquals(1, members("", "").size());
        assertEquals(1, members("http://a:5379", "http://a:5379").size());
    }

    @Test
    void theMembersAreNamedWithThisNodeFirst() {
        assertEquals("a single node", members("", "").describe());
        assertEquals(
                "one of 2 members: http://a:5379 (this node), http://b:5379",
                members("http://a:5379", "http://b:5379,http://a:5379").describe());
        assertEquals(
                "one of 2 members: this node, http://b:5379",
                members("", "http://b:5379").describe());
    }

    @Test
    void aNodeWithAUrlThatIsNotInTheListIsDoubted() {
        assertEquals(
                Optional.of("MOSTDB_SERVER_URL=http://c:5379 is not in MOSTDB_CLUSTER_URLS,"
                        + " so this node counts as one more member, 3 in all"),
                members("http://c:5379", "http://a:5379,http://b:5379").doubt());
        assertEquals(
                Optional.empty(),
                members("http://a:5379", "http://a:5379,http://b:5379").doubt());
        assertEquals(Optional.empty(), members("", "http://b:5379").doubt());
        assertEquals(
                Optional.empty(), members("", "http://b:5379,http://c:5379").doubt());
        assertEquals(
                Optional.of("MOSTDB_SERVER_URL is not set, so this node counts as one more member, 4 in all;"
                        + " if it is one of MOSTDB_CLUSTER_URLS, set it to that one"),
                members("", "http://b:5379,http://c:5379,http://d:5379").doubt());
        assertEquals(Optional.empty(), members("http://a:5379", "").doubt());
    }

    @Test
    void aMemberThatStandsTwiceIsRefused() {
        assertEquals(
                "MOSTDB_CLUSTER_URLS lists http://b:5379 twice: each member must be there once.",
                refusal("http://a:5379", "http://b:5379;http://B:5379/"));
        assertEquals(
                "MOSTDB_CLUSTER_URLS lists http://localhost:1 and http://127.0.0.1:1, which lead to the same node:"
                        + " each member must be there once.",
                refusal("", "http://localhost:1;http://127.0.0.1:1"));
        assertEquals(
                "MOSTDB_CLUSTER_URLS lists http://a:1 and http://also-a:1, which lead to the same node:"
                        + " each member must be there once.",
                refusal("", "http://a:1;http://also-a:1"));
    }

    @Test
    void severalNodesOnOneMachineAreToldByTheirPorts() {
        assertEquals(
                2,
                members("http://localhost:5379", "http://localhost:5380;http://127.0.0.1:5381")
                        .peers()
                        .size());
    }

    @Test
    void thisNodeUnderASecondUrlIsRefused() {
        assertEquals(
                "MOSTDB_CLUSTER_URLS lists http://also-a:5379, which is this node (MOSTDB_SERVER_URL=http://a:5379)"
                        + " under a second URL: write the same URL in both.",
                refusal("http://a:5379", "http://a:5379;http://also-a:5379;http://b:5379"));
        assertEquals(
                "MOSTDB_CLUSTER_URLS lists http://a:5379, which is this node (MOSTDB_SERVER_URL=http://a:5379)"
                        + " under a second URL: write the same URL in both.",
                refusal("http://a:5379", "http://a:5379;http://a:5379"));
        assertEquals(
                "MOSTDB_CLUSTER_URLS lists http://here:5379, which is this node itself:"
                        + " set MOSTDB_SERVER_URL=http://here:5379, or take it out of the list.",
                refusal("", "http://here:5379;http://b:5379"));
    }

    @Test
    void namesThatDoNotResolveYetAreAllowed() {
        assertEquals(
                2,
                members("", "http://later-1:5379;http://later-2:5379").peers().size());
    }

    @Test
    void moreThanNineMembersAreRefused() {
        String eight =
                IntStream.range(1, 9).mapToObj(i -> "http://n" + i + ":1").collect(Collectors.joining(";"));
        assertEquals(9, members("", eight).size());
        assertEquals(
                "MOSTDB_CLUSTER_URLS makes a cluster of 10 members: at most 9 are allowed.",
                refusal("", eight + ";http://n9:1"));
    }
}
