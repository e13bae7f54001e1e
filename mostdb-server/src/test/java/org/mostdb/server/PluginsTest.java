package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.spi.StorageEngineProvider;

class PluginsTest {

    @TempDir
    private Path folder;

    private Settings settings(String... more) {
        Map<String, String> environment = new HashMap<>(Map.of("MOSTDB_PLUGIN_DIR", folder.toString()));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return Settings.of(environment);
    }

    private static String refusal(Settings settings) {
        return String.valueOf(assertThrows(StartRefusedException.class, () -> {
                    try (Plugins plugins = Plugins.find(settings)) {
                        plugins.engine(settings);
                        plugins.policy(settings);
                    }
                })
                .getMessage());
    }

    private void jar(String name, String provider) throws IOException {
        try (OutputStream file = Files.newOutputStream(folder.resolve(name));
                JarOutputStream jar = new JarOutputStream(file)) {
            jar.putNextEntry(new JarEntry("META-INF/services/" + StorageEngineProvider.class.getName()));
            jar.write(provider.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Of one that finds the default engine. */
    private List<String> warningsOfAStart() {
        List<String> warnings = new ArrayList<>();
        Logger log = Logger.getLogger(Plugins.class.getName());
        log.setFilter(line -> warnings.add(line.getMessage()));
        try (Plugins plugins = Plugins.find(settings())) {
            assertEquals("leveldbjni", plugins.engine(settings()).name());
        } finally {
            log.setFilter(null);
        }
        return warnings;
    }

    @Test
    void anUnknownNameIsRefusedWithTheNamesThereAre() {
        assertEquals(
                "MOSTDB_STORE_ENGINE=rocksdb: there is no such storage engine on the class path;"
                        + " there is iq80, leveldbjni, memory.",
                refusal(settings("MOSTDB_STORE_ENGINE", "rocksdb")));
        assertEquals(
                "MOSTDB_REPLICATION_POLICY=raft: there is no such replication policy on the class path;"
                        + " there is majority, memory.",
                refusal(settings("MOSTDB_REPLICATION_POLICY", "raft")));
    }

    @Test
    void theDefaultIsLeveldbjniWhereThereAreSeveral() {
        try (Plugins plugins = Plugins.find(settings())) {
            assertEquals("leveldbjni", plugins.engine(settings()).name());
            assertEquals("majority", plugins.policy(settings()).name());
        }
    }

    @Test
    void anOptionThatTheEngineDoesNotKnowIsRefused() {
        assertEquals(
                "MOSTDB_ENGINE_CACHE is not an option of the storage engine memory: it has MOSTDB_ENGINE_BLOCK_CACHE_MIB.",
                refusal(settings("MOSTDB_STORE_ENGINE", "memory", "MOSTDB_ENGINE_CACHE", "1")));
    }

    @Test
    void aProviderThatCannotBeMadeIsLeftOutUnlessItIsTheOneThatIsWanted() throws IOException {
        jar("broken.jar", "no.such.Provider");
        jar("lonely.jar", LonelyEngine.class.getName());
        List<String> warnings = warningsOfAStart();
        assertEquals(2, warnings.size(), warnings.toString());
        warnings.forEach(warning -> assertTrue(warning.startsWith("left out: A "), warning));

        String sentence = refusal(settings("MOSTDB_STORE_ENGINE", "lonely"));
        assertTrue(sentence.contains("there is iq80, leveldbjni, memory. A "), sentence);
        assertTrue(sentence.contains("A storage engine on the class path is broken ("), sentence);
        assertTrue(sentence.contains("no.such.Provider"), sentence);
        assertTrue(
                sentence.contains(
                        "A class is missing that a storage engine needs (com/example/Missing; the jars of the"
                                + " plugin folders: broken.jar, lonely.jar): the libraries of a plugin must lie beside its jar"),
                sentence);
    }

    @Test
    void whatIsNoJarIsLeftOutWithAWarning() throws IOException {
        Files.writeString(folder.resolve("junk.jar"), "no jar");
        List<String> warnings = warningsOfAStart();
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(
                warnings.getFirst().startsWith("left out: " + folder.resolve("junk.jar") + " "), warnings.toString());
    }

    @Test
    void twoPluginsOfOneNameAreRefused() throws IOException {
        jar("second.jar", SecondMemoryEngine.class.getName());
        String sentence = refusal(settings());
        assertTrue(sentence.startsWith("Two plugins are called memory: "), sentence);
        assertTrue(sentence.contains(InMemoryEngineProvider.class.getName()), sentence);
        assertTrue(sentence.contains(SecondMemoryEngine.class.getName()), sentence);
    }

    @Test
    void theSameProviderNamedTwiceIsNoHarm() throws IOException {
        jar("again.jar", InMemoryEngineProvider.class.getName());
        Settings settings = settings("MOSTDB_STORE_ENGINE", "memory");
        try (Plugins plugins = Plugins.find(settings)) {
            assertEquals("memory", plugins.engine(settings).name());
        }
    }

    @Test
    void aPluginFolderThatIsNotThereIsRefused() {
        String sentence = refusal(
                Settings.of(Map.of("MOSTDB_PLUGIN_DIR", folder.resolve("none").toString())));
        assertTrue(sentence.contains("it must be a folder that exists"), sentence);
    }

    /** Cannot be made, as if a library were missing. */
    public static final class LonelyEngine implements StorageEngineProvider {

        /** Called by the loader. */
        public LonelyEngine() {
            throw new NoClassDefFoundError("com/example/Missing");
        }

        @Override
        public String name() {
            return "lonely";
        }

        @Override
        public String format() {
            return "lonely";
        }

        @Override
        public java.util.Set<String> options() {
            return java.util.Set.of();
        }

        @Override
        public org.mostdb.api.spi.StorageEngine open(org.mostdb.api.spi.EngineSettings settings) {
            throw new IllegalStateException("never made");
        }
    }

    /** Of the same name as another. */
    public static final class SecondMemoryEngine implements StorageEngineProvider {

        private final InMemoryEngineProvider other = new InMemoryEngineProvider();

        /** Called by the loader. */
        public SecondMemoryEngine() {}

        @Override
        public String name() {
            return other.name();
        }

        @Override
        public String format() {
            return other.format();
        }

        @Override
        public java.util.Set<String> options() {
            return other.options();
        }

        @Override
        public org.mostdb.api.spi.StorageEngine open(org.mostdb.api.spi.EngineSettings settings) {
            return other.open(settings);
        }
    }
}
