package org.mostdb.server;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.mostdb.api.spi.Metrics;
import org.mostdb.api.spi.PeerLink;
import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.PolicySettings;
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
        Consumer<String> onStop,
        Consumer<String> onStartAnew)
        implements PolicyContext {

    ServerPolicyContext(
            StorageEngine engine,
            PeerLink peerLink,
            String selfAddress,
            PolicySettings settings,
            Metrics metrics,
            Consumer<String> onStop,
            Consumer<String> onStartAnew) {
        this(
                engine,
                peerLink,
                selfAddress,
                settings,
                InstantSource.system(),
                new SecureRandom(),
                metrics,
                onStop,
                onStartAnew);
    }

    @Override
    public void stop(String reason) {
        onStop.accept(reason);
    }

    @Override
    public void startAnew(String reason) {
        onStartAnew.accept(reason);
    }
}
