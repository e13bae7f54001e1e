package org.mostdb.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way on which one node dials another: it listens in place of the other node, and passes bytes on in both
 * directions, each through a gate. A connection is made only while both gates are open, since its first packets go both
 * ways.
 */
final class Link implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Link.class.getName());
    private static final int PIECE_BYTES = 16_384;

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final Gate there;
    private final Gate back;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /**
     * @param port to listen on
     * @param targetPort where the other node listens
     * @param there for what the dialing node sends
     * @param back for what it is sent
     */
    Link(int port, int targetPort, Gate there, Gate back) {
        try {
            this.server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
        this.there = there;
        this.back = back;
    }

    Link start() {
        Thread.ofVirtual().start(this::accept);
        return this;
    }

    /** What the dialing node has in its list of members. */
    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** Breaks all connections; what they held is lost. */
    void cut() {
        open.forEach(this::close);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket dialing = server.accept();
                open.add(dialing);
                Thread.ofVirtual().start(() -> connect(dialing));
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "nobody is let in at {0}: {1}", url(), e);
            }
        }
    }

    private void connect(Socket dialing) {
        try (dialing;
                Socket dialed = new Socket()) {
            open.add(dialed);
            there.awaitOpen();
            back.awaitOpen();
            dialing.setTcpNoDelay(true);
            dialed.setTcpNoDelay(true);
            dialed.connect(target);
            Thread answers = Thread.ofVirtual().start(() -> pump(dialed, dialing, back));
            pump(dialing, dialed, there);
            answers.join();
            open.remove(dialed);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "no way to {0}: {1}", target, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(dialing);
            open.removeIf(Socket::isClosed);
        }
    }

    /** Passes bytes on until one side ends; the other then ends too. */
    private void pump(Socket from, Socket to, Gate gate) {
        byte[] piece = new byte[PIECE_BYTES];
        try {
            for (int count = from.getInputStream().read(piece);
                    count >= 0;
                    count = from.getInputStream().read(piece)) {
                gate.pass();
                to.getOutputStream().write(piece, 0, count);
            }
            gate.pass(); // the end comes no sooner than what was sent before it
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection to {0} ends: {1}", target, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close(from);
            close(to);
        }
    }

    private void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a connection to {0}: {1}", target, e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}
