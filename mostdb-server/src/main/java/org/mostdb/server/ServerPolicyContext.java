package org.mostdb.server;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.mostdb.api.spi.Metrics;
import org.mostdb.api.spi.PeerLink;
import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.PolicySettings;
import org.mostdb.api.spi.Room;
import org.mostdb.api.spi.StorageEngine;

/** What this server gives its replication policy. */
record ServerPolicyContext(
        StorageEngine engine,
        PeerLink peerLink,
        String selfAddress,
        PolicySettings settings,
        InstantSource clock,
        RandomGenerator random,
        Metrics metrics,
        Supplier<Room> freeRoom,
        Consumer<String> onStop,
        Consumer<String> onStartAnew,
        Consumer<String> onStoreFailed)
        implements PolicyContext {

    ServerPolicyContext(
            StorageEngine engine,
            PeerLink peerLink,
            String selfAddress,
            PolicySettings settings,
            Metrics metrics,
            Supplier<Room> freeRoom,
            Consumer<String> onStop,
            Consumer<String> onStartAnew,
            Consumer<String> onStoreFailed) {
        this(
                engine,
                peerLink,
                selfAddress,
                settings,
                InstantSource.system(),
                new SecureRandom(),
                metrics,
                freeRoom,
                onStop,
                onStartAnew,
                onStoreFailed);
    }

    @Override
    public void stop(String reason) {
        onStop.accept(reason);
    }

    @Override
    public void startAnew(String reason) {
        onStartAnew.accept(reason);
    }

    @Override
    public void storeFailed(String reason) {
        onStoreFailed.accept(reason);
    }

    @Override
    public Room room() {
        return freeRoom.get();
    }
}
