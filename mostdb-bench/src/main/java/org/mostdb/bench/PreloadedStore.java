package org.mostdb.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * An engine over a folder of its own that holds {@link #KEYS} keys with values that do not compress. The folder is made
 * beside the benchmark's jar, so that it is on a disk even where the temporary folder is memory;
 * {@code -Dmostdb.bench.folder=…} puts it elsewhere.
 */
@State(Scope.Benchmark)
public class PreloadedStore {

    /** How many keys there are. */
    public static final int KEYS = 100_000;

    static final int VALUE_BYTES = 100;
    private static final int BATCH = 1_000;

    /** The name of the provider. */
    @Param({"leveldbjni", "iq80"})
    public String engine = "";

    private @Nullable Path folder;
    private @Nullable StorageEngine open;

    StorageEngine engine() {
        return Objects.requireNonNull(open, "the engine is open between setUp and tearDown");
    }

    static byte[] key(int index) {
        return String.format("key-%012d", index).getBytes(StandardCharsets.US_ASCII);
    }

    /** Opens and fills the store. */
    @Setup(Level.Trial)
    public void setUp() throws IOException {
        Path made = Files.createTempDirectory(parent(), "store-" + engine + "-");
        folder = made;
        StorageEngine opened = provider(engine).open(new EngineSettings(made, Map.of()));
        open = opened;
        Random random = new Random(1);
        for (int first = 0; first < KEYS; first += BATCH) {
            WriteBatch batch = new WriteBatch();
            for (int i = first; i < first + BATCH; i++) {
                byte[] value = new byte[VALUE_BYTES];
                random.nextBytes(value);
                batch.put(key(i), value);
            }
            opened.write(batch, Durability.OS);
        }
        opened.write(new WriteBatch(), Durability.SYNC);
    }

    /** Closes the store and removes it. */
    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        engine().close();
        try (Stream<Path> files = Files.walk(Objects.requireNonNull(folder))) {
            files.sorted(Comparator.reverseOrder()).forEach(PreloadedStore::delete);
        }
    }

    private static StorageEngineProvider provider(String name) {
        return ServiceLoader.load(StorageEngineProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no storage engine " + name + " on the class path"));
    }

    private static Path parent() {
        String chosen = System.getProperty("mostdb.bench.folder", "");
        if (!chosen.isEmpty()) {
            return Path.of(chosen);
        }
        try {
            Path jarOrClasses = Path.of(PreloadedStore.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return Objects.requireNonNull(jarOrClasses.getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the folder of the benchmarks has no name", e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
