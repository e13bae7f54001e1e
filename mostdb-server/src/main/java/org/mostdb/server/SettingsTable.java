package org.mostdb.server;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;

/**
 * Every setting, in the order in which a reader wants them. This table drives reading, checking, {@code --help} and the
 * check of {@code docs/configuration.md}.
 */
final class SettingsTable {

    /** The engine's own options: {@code MOSTDB_ENGINE_BLOCK_CACHE_MIB} is its option {@code block-cache-mib}. */
    static final String ENGINE_OPTION_PREFIX = EngineSettings.variable("");

    private static final long MIB = 1024 * 1024;
    private static final Pattern PLUGIN_NAME = Pattern.compile("[a-z0-9-]{1,64}");
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x21-\\x7e]{1,1024}");

    /** Not where the server has its own pages. */
    private static final Pattern CONTEXT_PATH =
            Pattern.compile("/?|(?!/(health|metrics|v1)(/|$))(/[A-Za-z0-9._~-]+)+/?");

    static final Setting<Optional<Path>> CONFIG_FILE = path(
            "MOSTDB_CONFIG_FILE",
            "",
            "A file with further settings, one NAME=value a line; the environment overrides it.");
    static final Setting<Optional<Path>> STORE_ROOT = path(
            "MOSTDB_STORE_ROOT",
            "/opt/mostdb",
            "The folder for the data. Where /opt/mostdb can't be written and this is not set, "
                    + "${XDG_DATA_HOME:-$HOME/.local/share}/mostdb is taken.");
    static final Setting<Long> SERVER_PORT =
            Setting.number("MOSTDB_SERVER_PORT", 5379, 0, 65535, "The port to listen on; 0 for any free one.");
    static final Setting<Optional<URI>> SERVER_URL = Setting.optional(
            "MOSTDB_SERVER_URL",
            "",
            "http://host:port without path, query or user",
            "The URL under which the other members reach this node.",
            text -> Optional.of(NodeUrl.parse(text, "MOSTDB_SERVER_URL=" + text)));
    static final Setting<List<URI>> CLUSTER_URLS = Setting.of(
            "MOSTDB_CLUSTER_URLS",
            List.of(),
            "",
            "a list of http://host:port without path, query or user, separated by ; or ,",
            "The members of the cluster, with or without this node; without MOSTDB_SERVER_URL, the other members. "
                    + "Empty for a single node.",
            SettingsTable::urls);
    static final Setting<LogLevel> LOG_LEVEL =
            Setting.choice("MOSTDB_LOG_LEVEL", LogLevel.class, LogLevel.INFO, "How much is told in the log.");
    static final Setting<String> CONTEXT_PATH_SETTING = Setting.of(
            "MOSTDB_CONTEXT_PATH",
            "/mostdb",
            "/mostdb",
            "a path such as /mostdb, of letters, digits and -._~, or / for none",
            "What stands before /set, /get and /del.",
            text -> CONTEXT_PATH.matcher(text).matches() ? Optional.of(withoutSlash(text)) : Optional.empty());
    static final Setting<Boolean> API_KEY_ENABLE = Setting.flag(
            "MOSTDB_API_KEY_ENABLE",
            false,
            "Whether every request but those to /health must show the key, and peers as well.");
    static final Setting<String> API_KEY_NAME = Setting.of(
            "MOSTDB_API_KEY_NAME",
            "X-MOSTDB-AUTH",
            "X-MOSTDB-AUTH",
            "the name of an HTTP header",
            "The header that carries the key.",
            text -> Optional.of(text).filter(name -> HEADER_NAME.matcher(name).matches()));
    static final Setting<Optional<String>> API_KEY_VALUE =
            secret("MOSTDB_API_KEY_VALUE", "The key. All members must have the same.");
    static final Setting<Optional<String>> API_KEY_VAULE =
            secret("MOSTDB_API_KEY_VAULE", "The same, in the spelling of the original.");
    static final Setting<Optional<String>> STORE_ENGINE = Setting.optional(
            "MOSTDB_STORE_ENGINE",
            "leveldbjni",
            "the name of a storage engine on the class path",
            "How this node keeps bytes. If the class path has one engine only, the default is that one.",
            text -> Optional.of(text).filter(name -> PLUGIN_NAME.matcher(name).matches()));
    static final Setting<String> REPLICATION_POLICY = Setting.of(
            "MOSTDB_REPLICATION_POLICY",
            "majority",
            "majority",
            "the name of a replication policy on the class path",
            "How the nodes agree.",
            text -> Optional.of(text).filter(name -> PLUGIN_NAME.matcher(name).matches()));
    static final Setting<Durability> SYNC = Setting.choice(
            "MOSTDB_SYNC",
            Durability.class,
            Durability.SYNC,
            "What a write has survived when it is answered: sync, power loss; os, the end of the process only.");
    static final Setting<Long> DISK_RESERVE_MIB = Setting.number(
            "MOSTDB_DISK_RESERVE_MIB",
            256,
            0,
            1024 * 1024,
            "How much of the disk is kept free: below it a node takes no new values, and at half of it nothing; "
                    + "0 for no such check.");
    static final Setting<Long> KEY_LIMIT_BYTES =
            Setting.number("MOSTDB_KEY_LIMIT_BYTES", 4096, 1, 65536, "The longest key, in bytes of UTF-8.");
    static final Setting<Long> VALUE_LIMIT_BYTES =
            Setting.number("MOSTDB_VALUE_LIMIT_BYTES", MIB, 0, 16 * MIB, "The longest value, in bytes of UTF-8.");
    static final Setting<Optional<Long>> BODY_LIMIT_BYTES = limit(
            "MOSTDB_BODY_LIMIT_BYTES",
            "6 × (key limit + value limit) + 1024",
            256 * MIB,
            "The longest body of a request. The default lets every allowed key and value in, however it is escaped.");
    static final Setting<Optional<Long>> CONNECTION_LIMIT = limit(
            "MOSTDB_CONNECTION_LIMIT",
            "10000, or a third of the free heap at 32 KiB each",
            1_000_000,
            "How many connections clients may have open; one more is answered 503 and closed. Peers do not count.");
    static final Setting<Long> REQUEST_LIMIT = Setting.number(
            "MOSTDB_REQUEST_LIMIT",
            4096,
            1,
            1_000_000,
            "How many requests may be under way; a further one is answered 503 at once.");
    static final Setting<Optional<Long>> REQUEST_MEMORY_MIB = limit(
            "MOSTDB_REQUEST_MEMORY_MIB",
            "a fourth of the free heap",
            1024 * 1024,
            "How much memory the requests under way may hold, each twice its body and three times its answer's value; "
                    + "a further one is answered 503 at once.");
    static final Setting<Long> BODY_TIMEOUT_MILLIS = Setting.number(
            "MOSTDB_BODY_TIMEOUT_MILLIS",
            30_000,
            1,
            600_000,
            "How long the body of a request may take to arrive; then its connection is closed.");
    static final Setting<Long> QUEUE_LIMIT = Setting.number(
            "MOSTDB_QUEUE_LIMIT",
            10_000,
            1,
            1_000_000,
            "How many operations may wait or run at the replication policy; a further one is answered 503 at once.");
    static final Setting<Optional<Long>> QUEUE_LIMIT_BYTES = limit(
            "MOSTDB_QUEUE_LIMIT_BYTES",
            "67108864, or an eighth of the free heap",
            16 * 1024 * MIB,
            "How many bytes of keys and values these hold.");
    static final Setting<Long> OPERATION_TIMEOUT_MILLIS = Setting.number(
            "MOSTDB_OPERATION_TIMEOUT_MILLIS",
            5000,
            1,
            600_000,
            "After which an operation without a majority is answered NotMost.");
    static final Setting<Long> PEER_TIMEOUT_MILLIS = Setting.number(
            "MOSTDB_PEER_TIMEOUT_MILLIS", 1000, 50, 60_000, "After which a silent member counts as down.");
    static final Setting<Long> CATCH_UP_KIB_PER_SECOND = Setting.number(
            "MOSTDB_CATCH_UP_KIB_PER_SECOND",
            1024,
            1,
            16 * MIB,
            "How fast a member that was away takes what it missed from the others, at most.");
    static final Setting<Long> RECLAIM_DELAY_SECONDS = Setting.number(
            "MOSTDB_RECLAIM_DELAY_SECONDS",
            60,
            1,
            31_536_000,
            "How old a delete is at least when its space comes back.");
    static final Setting<Long> SHUTDOWN_TIMEOUT_MILLIS = Setting.number(
            "MOSTDB_SHUTDOWN_TIMEOUT_MILLIS", 10_000, 0, 600_000, "How long a stop waits for requests under way.");
    static final Setting<Optional<Path>> PLUGIN_DIR = path(
            "MOSTDB_PLUGIN_DIR",
            "",
            "A further folder of jars with engines and policies, beside plugins/ next to the server's jar.");

    static final List<Setting<?>> ALL = List.of(
            CONFIG_FILE,
            STORE_ROOT,
            SERVER_PORT,
            SERVER_URL,
            CLUSTER_URLS,
            LOG_LEVEL,
            CONTEXT_PATH_SETTING,
            API_KEY_ENABLE,
            API_KEY_NAME,
            API_KEY_VALUE,
            API_KEY_VAULE,
            STORE_ENGINE,
            REPLICATION_POLICY,
            SYNC,
            DISK_RESERVE_MIB,
            KEY_LIMIT_BYTES,
            VALUE_LIMIT_BYTES,
            BODY_LIMIT_BYTES,
            CONNECTION_LIMIT,
            REQUEST_LIMIT,
            REQUEST_MEMORY_MIB,
            BODY_TIMEOUT_MILLIS,
            QUEUE_LIMIT,
            QUEUE_LIMIT_BYTES,
            OPERATION_TIMEOUT_MILLIS,
            PEER_TIMEOUT_MILLIS,
            CATCH_UP_KIB_PER_SECOND,
            RECLAIM_DELAY_SECONDS,
            SHUTDOWN_TIMEOUT_MILLIS,
            PLUGIN_DIR);

    private SettingsTable() {}

    /** A number whose default depends on the heap, or on other settings. */
    private static Setting<Optional<Long>> limit(String name, String defaultText, long max, String meaning) {
        return Setting.optional(
                name,
                defaultText,
                "a whole number from 1 to " + max,
                meaning,
                text -> Setting.wholeNumber(text).filter(n -> n >= 1 && n <= max));
    }

    private static Setting<Optional<Path>> path(String name, String defaultText, String meaning) {
        return Setting.optional(name, defaultText, "a path of the file system", meaning, text -> {
            try {
                return Optional.of(Path.of(text));
            } catch (InvalidPathException e) {
                return Optional.empty();
            }
        });
    }

    private static Setting<Optional<String>> secret(String name, String meaning) {
        return Setting.optional(
                        name,
                        "",
                        "up to 1024 printable ASCII characters without spaces",
                        meaning,
                        text -> Optional.of(text)
                                .filter(value -> HEADER_VALUE.matcher(value).matches()))
                .keptSecret();
    }

    private static Optional<List<URI>> urls(String text) {
        List<URI> urls = new ArrayList<>();
        for (String part : text.split("[;,]", -1)) {
            if (!part.isBlank()) {
                String entry = part.strip();
                urls.add(NodeUrl.parse(entry, "The entry " + entry + " of MOSTDB_CLUSTER_URLS"));
            }
        }
        return Optional.of(List.copyOf(urls));
    }

    private static String withoutSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
