package org.mostdb.server;

/** The threads of the peer link. Platform or virtual is decided here, for all of them. */
final class PeerThreads {

    private PeerThreads() {}

    static Thread unstarted(String name, Runnable task) {
        return Thread.ofPlatform().daemon().name(name).unstarted(task);
    }
}
