package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mostdb.server.PeerTestNode.MAX_MESSAGE_BYTES;
import static org.mostdb.server.PeerTestNode.await;
import static org.mostdb.server.PeerTestNode.freePort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mostdb.api.NodeId;

/** One good node, and peers that are broken, slow, gone or hostile. */
class PeerMisbehaviourTest {

    private static final NodeId A = new NodeId(0xa);
    private static final NodeId B = new NodeId(0xb);
    private static final NodeId C = new NodeId(0xc);

    private PeerTestNode node;

    @BeforeEach
    void open() {
        node = PeerTestNode.start(freePort(), A);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {MAX_MESSAGE_BYTES + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void aLengthThatIsNotAllowedClosesOnlyThatConnection(int length) throws IOException {
        try (RawPeer good = RawPeer.upgraded(node.port(), B, 1);
                RawPeer bad = RawPeer.upgraded(node.port(), C, 1)) {
            node.awaitEvent("accepted " + C);
            bad.frame(new byte[] {1});
            bad.out.writeInt(length);
            assertTrue(bad.isCutOff());
            node.awaitEvent("disconnected " + C);
            good.frame(new byte[] {2});
            node.awaitMessages(2);
            assertFalse(node.events.contains("disconnected " + B), node.events::toString);
        }
    }

    @Test
    void heartbeatsAreNoMessages() throws IOException {
        try (RawPeer peer = RawPeer.upgraded(node.port(), B, 1)) {
            peer.frame(new byte[0]);
            peer.frame(new byte[0]);
            peer.frame(new byte[] {5});
            node.awaitMessages(1);
            assertArrayEquals(new byte[] {5}, node.messages.remove());
        }
    }

    @Test
    void aFrameThatBreaksOffIsNoMessage() throws IOException {
        try (RawPeer peer = RawPeer.upgraded(node.port(), B, 1)) {
            peer.out.writeInt(10);
            peer.out.write(new byte[9]);
        }
        node.awaitEvent("disconnected " + B);
        assertEquals(0, node.messages.size());
    }

    @Test
    void aSilentPeerIsCutOff() throws IOException {
        try (RawPeer peer = RawPeer.upgraded(node.port(), B, 1)) {
            node.awaitEvent("accepted " + B);
            assertTrue(peer.isCutOff());
            node.awaitEvent("disconnected " + B);
        }
    }

    @Test
    void aPeerThatNeverReadsFillsItsQueueBlocksNobodyAndIsCutOff() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (RawPeer deaf = RawPeer.upgraded(node.port(), B, 1);
                RawPeer good = RawPeer.upgraded(node.port(), C, 1)) {
            node.awaitEvent("accepted " + B);
            node.awaitEvent("accepted " + C);
            Thread heart = beat(deaf, done);
            await(() -> "a full queue", () -> !node.link.send(B, new byte[MAX_MESSAGE_BYTES]));
            assertTrue(node.link.send(C, new byte[] {1}));
            good.frame(new byte[] {2});
            node.awaitMessages(1);
            node.awaitEvent("disconnected " + B);
            done.set(true);
            heart.join();
        }
    }

    /** A peer that writes, so that it is not silent. */
    private static Thread beat(RawPeer peer, AtomicBoolean done) {
        return Thread.ofVirtual()
                .start(() -> await(() -> "the end of the connection", () -> {
                    try {
                        peer.frame(new byte[0]);
                        return done.get();
                    } catch (IOException e) {
                        return true;
                    }
                }));
    }

    @Test
    void bytesReachAPeerThatReadsSlowlyWithoutLossOrChange() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (RawPeer slow = RawPeer.upgraded(node.port(), B, 1)) {
            node.awaitEvent("accepted " + B);
            Thread heart = beat(slow, done);
            byte[] message = new byte[MAX_MESSAGE_BYTES];
            for (int i = 0; i < message.length; i++) {
                message[i] = (byte) ((i * 31) >> 8);
            }
            int count = 6;
            for (int i = 0; i < count; i++) {
                assertTrue(node.link.send(B, message));
            }
            java.io.DataInputStream in = new java.io.DataInputStream(slow.socket.getInputStream());
            await(() -> "a full window", () -> node.link.queuedBytes() > 0);
            for (int i = 0; i < count; ) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                if (frame.length > 0) {
                    assertArrayEquals(message, frame);
                    i++;
                }
            }
            done.set(true);
            heart.join();
        }
    }

    @Test
    void theNodeIsLostOnlyWithItsLastConnection() throws IOException {
        try (RawPeer second = RawPeer.upgraded(node.port(), B, 1)) {
            try (RawPeer first = RawPeer.upgraded(node.port(), B, 1)) {
                node.awaitEvent("accepted " + B, 2);
                first.frame(new byte[] {1});
                node.awaitMessages(1);
            }
            second.frame(new byte[] {1});
            node.awaitMessages(2);
            await(() -> "sending over the one left", () -> node.link.send(B, new byte[] {3}));
            assertFalse(node.events.contains("disconnected " + B), node.events::toString);
        }
        node.awaitEvent("disconnected " + B);
    }

    @Test
    void aNewStartOfANodeEndsWhatItsOldStartLeftOpen() throws IOException {
        try (RawPeer old = RawPeer.upgraded(node.port(), B, 1)) {
            node.awaitEvent("accepted " + B);
            try (RawPeer young = RawPeer.upgraded(node.port(), B, 2)) {
                node.awaitEvent("accepted " + B, 2);
                assertTrue(old.isCutOff());
                assertFalse(node.events.contains("disconnected " + B), node.events::toString);
                young.frame(new byte[] {1});
                node.awaitMessages(1);
            }
        }
    }

    @Test
    void anAddressThatAcceptsAndNeverAnswersIsTriedAgain() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                PeerTestNode dialing = PeerTestNode.start(freePort(), B, mute.getLocalPort());
                Socket first = mute.accept();
                Socket second = mute.accept()) {
            assertTrue(first.isConnected() && second.isConnected());
            assertEquals(0, dialing.events.size());
        }
    }
}
