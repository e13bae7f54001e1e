package org.mostdb.server;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.PolicySettings;

/** What a node is started with, each value checked for itself. What each means: {@link SettingsTable}. */
record Settings(
        Optional<Path> storeRoot,
        int serverPort,
        Optional<URI> serverUrl,
        List<URI> clusterUrls,
        LogLevel logLevel,
        String contextPath,
        Optional<ApiKey> apiKey,
        boolean apiKeyIgnored,
        Optional<String> storeEngine,
        Map<String, String> engineOptions,
        String replicationPolicy,
        Durability durability,
        long diskReserveBytes,
        int keyLimitBytes,
        int valueLimitBytes,
        int bodyLimitBytes,
        int connectionLimit,
        int requestLimit,
        long requestMemoryBytes,
        Duration bodyTimeout,
        int queueLimit,
        long queueLimitBytes,
        Duration operationTimeout,
        Duration peerTimeout,
        long catchUpBytesPerSecond,
        Duration reclaimDelay,
        Duration shutdownTimeout,
        Optional<Path> pluginDirectory) {

    /** Every byte of a key or value may come as six characters, and the rest of the object needs room too. */
    private static final int ESCAPED_BYTES_PER_BYTE = 6;

    private static final int REST_OF_BODY_BYTES = 1024;

    Settings {
        clusterUrls = List.copyOf(clusterUrls);
        engineOptions = Map.copyOf(engineOptions);
    }

    /**
     * The settings of named texts, such as the environment; names that do not begin with {@code MOSTDB_} are left
     * alone. Reads the file that {@code MOSTDB_CONFIG_FILE} names.
     *
     * @throws StartRefusedException with one sentence that names the variable, its value and what is allowed
     */
    static Settings of(Map<String, String> named) {
        return of(named, HeapLimits.ofThisProcess());
    }

    /** @param heap what counts where a limit of memory is not set */
    static Settings of(Map<String, String> named, HeapLimits heap) {
        SettingTexts texts = SettingTexts.read(named);
        long keyLimit = texts.get(SettingsTable.KEY_LIMIT_BYTES);
        long valueLimit = texts.get(SettingsTable.VALUE_LIMIT_BYTES);
        long queueBytes =
                texts.get(SettingsTable.QUEUE_LIMIT_BYTES).orElse(Math.max(keyLimit + valueLimit, heap.queueBytes()));
        if (queueBytes < keyLimit + valueLimit) {
            throw new StartRefusedException("MOSTDB_QUEUE_LIMIT_BYTES=" + queueBytes
                    + " is not allowed: it must be at least " + (keyLimit + valueLimit)
                    + ", which one key and value may need (MOSTDB_KEY_LIMIT_BYTES, MOSTDB_VALUE_LIMIT_BYTES).");
        }
        long bodyLimit = texts.get(SettingsTable.BODY_LIMIT_BYTES)
                .orElse(ESCAPED_BYTES_PER_BYTE * (keyLimit + valueLimit) + REST_OF_BODY_BYTES);
        return new Settings(
                texts.get(SettingsTable.STORE_ROOT),
                Math.toIntExact(texts.get(SettingsTable.SERVER_PORT)),
                texts.get(SettingsTable.SERVER_URL),
                texts.get(SettingsTable.CLUSTER_URLS),
                texts.get(SettingsTable.LOG_LEVEL),
                texts.get(SettingsTable.CONTEXT_PATH_SETTING),
                apiKey(texts),
                apiKeyIgnored(texts),
                texts.get(SettingsTable.STORE_ENGINE),
                texts.engineOptions(),
                texts.get(SettingsTable.REPLICATION_POLICY),
                texts.get(SettingsTable.SYNC),
                texts.get(SettingsTable.DISK_RESERVE_MIB) << 20,
                Math.toIntExact(keyLimit),
                Math.toIntExact(valueLimit),
                Math.toIntExact(bodyLimit),
                Math.toIntExact(texts.get(SettingsTable.CONNECTION_LIMIT).orElse(heap.connections())),
                Math.toIntExact(texts.get(SettingsTable.REQUEST_LIMIT)),
                texts.get(SettingsTable.REQUEST_MEMORY_MIB)
                        .map(mib -> mib << 20)
                        .orElse(heap.requestBytes()),
                Duration.ofMillis(texts.get(SettingsTable.BODY_TIMEOUT_MILLIS)),
                Math.toIntExact(texts.get(SettingsTable.QUEUE_LIMIT)),
                queueBytes,
                Duration.ofMillis(texts.get(SettingsTable.OPERATION_TIMEOUT_MILLIS)),
                Duration.ofMillis(texts.get(SettingsTable.PEER_TIMEOUT_MILLIS)),
                texts.get(SettingsTable.CATCH_UP_KIB_PER_SECOND) << 10,
                Duration.ofSeconds(texts.get(SettingsTable.RECLAIM_DELAY_SECONDS)),
                Duration.ofMillis(texts.get(SettingsTable.SHUTDOWN_TIMEOUT_MILLIS)),
                texts.get(SettingsTable.PLUGIN_DIR));
    }

    PolicySettings policySettings() {
        return new PolicySettings(
                durability,
                operationTimeout,
                peerTimeout,
                catchUpBytesPerSecond,
                reclaimDelay,
                queueLimit,
                queueLimitBytes);
    }

    /** Whether a key is set that no request needs, which its owner may not expect. */
    private static boolean apiKeyIgnored(SettingTexts texts) {
        boolean set = texts.get(SettingsTable.API_KEY_VALUE).isPresent()
                || texts.get(SettingsTable.API_KEY_VAULE).isPresent();
        return set && !texts.get(SettingsTable.API_KEY_ENABLE);
    }

    private static Optional<ApiKey> apiKey(SettingTexts texts) {
        Optional<String> value = texts.get(SettingsTable.API_KEY_VALUE);
        Optional<String> alias = texts.get(SettingsTable.API_KEY_VAULE);
        if (value.isPresent() && alias.isPresent() && !value.equals(alias)) {
            throw new StartRefusedException("MOSTDB_API_KEY_VALUE and MOSTDB_API_KEY_VAULE have different values: "
                    + "set only MOSTDB_API_KEY_VALUE.");
        }
        if (!texts.get(SettingsTable.API_KEY_ENABLE)) {
            return Optional.empty();
        }
        String key = value.or(() -> alias)
                .orElseThrow(() ->
                        new StartRefusedException("MOSTDB_API_KEY_ENABLE=true needs a key: set MOSTDB_API_KEY_VALUE, "
                                + "or set MOSTDB_API_KEY_ENABLE=false."));
        return Optional.of(new ApiKey(texts.get(SettingsTable.API_KEY_NAME), key));
    }
}
