package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mostdb.server.PeerTestNode.await;
import static org.mostdb.server.PeerTestNode.freePort;
import static org.mostdb.server.PeerTestNode.hello;
import static org.mostdb.server.PeerTestNode.settings;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHello;

class PeerRefusalTest {

    private static final NodeId A = new NodeId(0xa);
    private static final NodeId B = new NodeId(0xb);
    private static final ApiKey KEY = new ApiKey("X-Test-Key", "secret");

    private final List<PeerTestNode> nodes = new ArrayList<>();

    @AfterEach
    void closeAll() {
        nodes.forEach(PeerTestNode::close);
    }

    private PeerTestNode with(PeerTestNode node) {
        nodes.add(node);
        return node;
    }

    private static String upgrade(PeerTestNode node, String... headers) throws IOException {
        try (RawPeer peer = RawPeer.connect(node.port())) {
            return peer.upgrade(headers);
        }
    }

    @Test
    void aRefusedPeerLogsEachReasonOnceAndIsAcceptedWhenItIsGone() {
        PeerTestNode b = with(PeerTestNode.start(freePort(), B));
        b.refusal = Optional.of("you belong to another cluster");
        Queue<String> warnings = new ConcurrentLinkedQueue<>();
        Logger logger = Logger.getLogger(PeerDialer.class.getName());
        Handler recorder = recorder(warnings);
        logger.addHandler(recorder);
        try {
            PeerTestNode a = with(PeerTestNode.start(freePort(), A, b.port()));
            await(() -> "a warning", () -> warnings.size() == 1);
            assertTrue(warnings.element().contains("you belong to another cluster"), warnings::toString);
            int asked = b.refusals.get();
            await(() -> "more attempts", () -> b.refusals.get() > asked + 2);
            assertEquals(1, warnings.size(), warnings::toString);
            b.refusal = Optional.of("you are too old");
            await(() -> "another warning", () -> warnings.size() == 2);
            b.refusal = Optional.empty();
            a.awaitEvent("connected 0 " + B);
            b.awaitEvent("accepted " + A);
            assertEquals(List.of("accepted " + A), List.copyOf(b.events));
        } finally {
            logger.removeHandler(recorder);
        }
    }

    private static Handler recorder(Queue<String> warnings) {
        return new Handler() {
            @Override
            public void publish(LogRecord logRecord) {
                if (logRecord.getLevel().intValue() >= Level.WARNING.intValue()) {
                    warnings.add(new SimpleFormatter().formatMessage(logRecord));
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    @Test
    void withTheApiKeyPeersConnect() {
        PeerTestNode b = with(PeerTestNode.start(freePort(), hello(B, 1), settings(Optional.of(KEY), 1 << 20)));
        PeerTestNode a =
                with(PeerTestNode.start(freePort(), hello(A, 1), settings(Optional.of(KEY), 1 << 20, b.port())));
        a.awaitEvent("connected 0 " + B);
    }

    @Test
    void withoutTheApiKeyOrWithAWrongOneTheAnswerIs401() throws IOException {
        PeerTestNode b = with(PeerTestNode.start(freePort(), hello(B, 1), settings(Optional.of(KEY), 1 << 20)));
        assertTrue(upgrade(b, RawPeer.headers(A, 1)).startsWith("HTTP/1.1 401 "));
        assertTrue(upgrade(b, RawPeer.headers(A, 1), "X-Test-Key: wrong").startsWith("HTTP/1.1 401 "));
        assertTrue(upgrade(b, RawPeer.headers(A, 1), "X-Test-Key: secret").startsWith("HTTP/1.1 101 "));
    }

    @Test
    void whatDoesNotSpeakTheSameProtocolIsRefusedWithTheReason() throws IOException {
        PeerTestNode b = with(PeerTestNode.start(freePort(), B));
        String anotherPolicy = upgrade(b, RawPeer.headers(A, 1).replace(PeerTestNode.PROTOCOL, "raft/1"));
        assertTrue(anotherPolicy.startsWith("HTTP/1.1 409 "), anotherPolicy);
        assertTrue(anotherPolicy.contains("this node speaks test/1, the other raft/1"), anotherPolicy);
        String anotherLink = upgrade(b, RawPeer.headers(A, 1).replace("Mostdb-Link: 1", "Mostdb-Link: 2"));
        assertTrue(anotherLink.startsWith("HTTP/1.1 409 "), anotherLink);
        String noLink = upgrade(b, "Host: localhost");
        assertTrue(noLink.startsWith("HTTP/1.1 409 "), noLink);
        String noNode = upgrade(b, RawPeer.headers(A, 1).replace("Mostdb-Node", "Mostdb-Nobody"));
        assertTrue(noNode.startsWith("HTTP/1.1 400 "), noNode);
        String wrongNode = upgrade(b, RawPeer.headers(A, 1).replace("Mostdb-Node: 0", "Mostdb-Node: x"));
        assertTrue(wrongNode.startsWith("HTTP/1.1 400 "), wrongNode);
        assertFalse(b.events.contains("accepted " + A), b.events::toString);
    }

    @Test
    void aPeerThatIsNotAskedForAClusterNeedsNone() throws IOException {
        PeerTestNode b = with(PeerTestNode.start(
                freePort(), new PeerHello(PeerTestNode.PROTOCOL, B, 1, Optional.empty()), settings()));
        String answer = upgrade(b, RawPeer.headers(A, 1));
        assertTrue(answer.startsWith("HTTP/1.1 101 "), answer);
        assertFalse(answer.contains("Mostdb-Cluster"), answer);
    }
}
