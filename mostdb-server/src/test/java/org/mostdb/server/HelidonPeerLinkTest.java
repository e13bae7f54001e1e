package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mostdb.server.PeerTestNode.MAX_MESSAGE_BYTES;
import static org.mostdb.server.PeerTestNode.await;
import static org.mostdb.server.PeerTestNode.freePort;
import static org.mostdb.server.PeerTestNode.hello;
import static org.mostdb.server.PeerTestNode.settings;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mostdb.api.NodeId;

class HelidonPeerLinkTest {

    private static final NodeId A = new NodeId(0xa);
    private static final NodeId B = new NodeId(0xb);
    private static final NodeId C = new NodeId(0xc);

    private final List<PeerTestNode> nodes = new ArrayList<>();

    @AfterEach
    void closeLeavesNoThreadBehind() {
        nodes.forEach(PeerTestNode::close);
        await(
                () -> "threads of closed links: " + linkThreads(),
                () -> linkThreads().isEmpty());
    }

    private static List<String> linkThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith("mostdb-peer"))
                .toList();
    }

    private PeerTestNode with(PeerTestNode node) {
        nodes.add(node);
        return node;
    }

    /** Two nodes that dial each other, with both connections open. */
    private List<PeerTestNode> pair() {
        int portA = freePort();
        int portB = freePort();
        PeerTestNode a = with(PeerTestNode.start(portA, A, portB));
        PeerTestNode b = with(PeerTestNode.start(portB, B, portA));
        a.awaitEvent("connected 0 " + B);
        a.awaitEvent("accepted " + B);
        b.awaitEvent("connected 0 " + A);
        b.awaitEvent("accepted " + A);
        return List.of(a, b);
    }

    @Test
    void messagesOfEverySizeArriveWholeAndInOrderBothWays() {
        PeerTestNode a = pair().get(0);
        PeerTestNode b = nodes.get(1);
        Random random = new Random(3);
        List<byte[]> sent = new ArrayList<>();
        for (int size : List.of(1, 2, 100, 8191, 8192, 65_532, 65_533, 200_000, MAX_MESSAGE_BYTES, 1)) {
            byte[] message = new byte[size];
            random.nextBytes(message);
            sent.add(message);
            assertTrue(a.link.send(B, message));
            assertTrue(b.link.send(A, message));
        }
        for (PeerTestNode node : nodes) {
            node.awaitMessages(sent.size());
            for (byte[] expected : sent) {
                assertArrayEquals(expected, node.messages.remove());
            }
        }
    }

    @Test
    void anEmptyOrTooGreatMessageIsRefusedToTheSender() {
        PeerTestNode a = pair().getFirst();
        assertThrows(IllegalArgumentException.class, () -> a.link.send(B, new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> a.link.send(B, new byte[MAX_MESSAGE_BYTES + 1]));
    }

    @Test
    void aMessageToAnUnknownNodeIsDroppedWithFalse() {
        PeerTestNode a = with(PeerTestNode.start(freePort(), A));
        assertFalse(a.link.send(B, new byte[] {1}));
    }

    @Test
    void manyThreadsSendManyMessagesEachInItsOrder() throws InterruptedException {
        PeerTestNode a = pair().get(0);
        PeerTestNode b = nodes.get(1);
        int threads = 8;
        int each = 5_000;
        List<Thread> senders = new ArrayList<>();
        for (int sender = 0; sender < threads; sender++) {
            int number = sender;
            senders.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < each; i++) {
                    byte[] message =
                            ByteBuffer.allocate(8).putInt(number).putInt(i).array();
                    await(() -> "place in the queue", () -> a.link.send(B, message));
                }
            }));
        }
        for (Thread sender : senders) {
            sender.join();
        }
        b.awaitMessages(threads * each);
        Map<Integer, Integer> next = new HashMap<>();
        for (byte[] message : b.messages) {
            ByteBuffer bytes = ByteBuffer.wrap(message);
            assertEquals(next.merge(bytes.getInt(), 1, Integer::sum) - 1, bytes.getInt());
        }
        assertEquals(threads, next.size());
        await(() -> "an empty queue", () -> a.link.queuedBytes() == 0);
    }

    @Test
    void aPeerThatRestartsOnItsPortIsReconnected() {
        PeerTestNode a = pair().get(0);
        PeerTestNode b = nodes.get(1);
        int portB = b.port();
        b.close();
        a.awaitEvent("disconnected " + B);
        PeerTestNode again = with(PeerTestNode.start(portB, hello(B, 2), settings(a.port())));
        a.awaitEvent("connected 0 " + B, 2);
        again.awaitEvent("connected 0 " + A);
        assertTrue(a.link.send(B, new byte[] {7}));
        again.awaitMessages(1);
    }

    @Test
    void anotherNodeBehindTheSameAddressIsReportedUnderItsOwnId() {
        PeerTestNode a = pair().get(0);
        PeerTestNode b = nodes.get(1);
        int portB = b.port();
        b.close();
        a.awaitEvent("disconnected " + B);
        PeerTestNode c = with(PeerTestNode.start(portB, C));
        a.awaitEvent("connected 0 " + C);
        assertFalse(a.link.send(B, new byte[] {1}));
        assertTrue(a.link.send(C, new byte[] {1}));
        c.awaitMessages(1);
    }

    @Test
    void whereTheConfiguredAddressIsWrongTheInboundConnectionCarriesBothWays() {
        PeerTestNode a = with(PeerTestNode.start(freePort(), A, freePort()));
        PeerTestNode b = with(PeerTestNode.start(freePort(), B, a.port()));
        a.awaitEvent("accepted " + B);
        b.awaitEvent("connected 0 " + A);
        assertTrue(a.link.send(B, new byte[] {1}));
        assertTrue(b.link.send(A, new byte[] {2}));
        a.awaitMessages(1);
        b.awaitMessages(1);
        b.close();
        a.awaitEvent("disconnected " + B);
        assertFalse(a.link.send(B, new byte[] {1}));
    }

    @Test
    void anAddressThatLeadsBackIsReportedAndNotUsed() {
        int port = freePort();
        PeerTestNode a = with(PeerTestNode.start(port, A, port));
        a.awaitEvent("connected 0 " + A);
        assertFalse(a.link.send(A, new byte[] {1}));
        assertFalse(a.events.contains("accepted " + A), a.events::toString);
    }

    @Test
    void aConnectionWithNothingToSendStaysOpen() {
        PeerTestNode a = pair().get(0);
        long startNanos = System.nanoTime();
        long longerNanos = a.link.settings().silenceTimeout().multipliedBy(2).toNanos();
        await(() -> "twice the silence time-out", () -> System.nanoTime() - startNanos > longerNanos);
        for (PeerTestNode node : nodes) {
            assertEquals(2, node.events.size(), node.events::toString);
        }
    }

    @Test
    void ordinaryRequestsAreServedOnTheSamePort() throws Exception {
        PeerTestNode a = pair().getFirst();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + a.port() + "/hello"))
                    .build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertEquals("hello", answer.body());
        }
    }
}
