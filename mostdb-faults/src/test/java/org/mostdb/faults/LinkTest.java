package org.mostdb.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkTest {

    private static final int SHORT_WHILE_MILLIS = 200;

    private final Gate there = new Gate();
    private final Gate back = new Gate();
    private ServerSocket node = unbound();
    private Link link = new Link(0, 1, there, back);

    private static ServerSocket unbound() {
        try {
            return new ServerSocket();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void aNodeBehindALink() throws IOException {
        link.close();
        node = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        link = new Link(0, node.getLocalPort(), there, back).start();
    }

    @AfterEach
    void end() throws IOException {
        link.close();
        there.open();
        back.open();
        node.close();
    }

    @Test
    void bytesPassInBothDirections() throws IOException {
        try (Socket dialing = dial();
                Socket accepted = node.accept()) {
            send(dialing, 1);
            assertEquals(1, accepted.getInputStream().read());
            send(accepted, 2);
            assertEquals(2, dialing.getInputStream().read());
        }
    }

    @Test
    void whatIsHeldInOneDirectionComesLateAndTheOtherDirectionGoesOn() throws IOException {
        try (Socket dialing = dial();
                Socket accepted = node.accept()) {
            there.hold();
            send(dialing, 1);
            send(accepted, 2);
            assertEquals(2, dialing.getInputStream().read());
            assertNothingComes(accepted);
            there.open();
            assertEquals(1, accepted.getInputStream().read());
        }
    }

    @Test
    void whatIsHeldWhenTheConnectionIsCutNeverComes() throws IOException {
        try (Socket dialing = dial();
                Socket accepted = node.accept()) {
            there.hold();
            send(dialing, 1);
            assertNothingComes(accepted);
            link.cut();
            there.open();
            assertEquals(-1, accepted.getInputStream().read());
        }
    }

    @Test
    void noConnectionIsMadeWhileOneDirectionIsHeld() throws IOException {
        back.hold();
        try (Socket dialing = dial()) {
            send(dialing, 1);
            node.setSoTimeout(SHORT_WHILE_MILLIS);
            assertThrows(SocketTimeoutException.class, node::accept);
            back.open();
            node.setSoTimeout(0);
            try (Socket accepted = node.accept()) {
                assertEquals(1, accepted.getInputStream().read());
            }
        }
    }

    @Test
    void theEndOfOneSideIsTheEndOfTheOther() throws IOException {
        try (Socket dialing = dial();
                Socket accepted = node.accept()) {
            accepted.shutdownOutput();
            assertEquals(-1, dialing.getInputStream().read());
        }
    }

    private Socket dial() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), link.url().getPort());
    }

    private static void send(Socket socket, int one) throws IOException {
        socket.getOutputStream().write(one);
    }

    private static void assertNothingComes(Socket socket) throws IOException {
        socket.setSoTimeout(SHORT_WHILE_MILLIS);
        assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
        socket.setSoTimeout(0);
    }
}
