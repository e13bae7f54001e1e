package org.mostdb.server;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.StorageEngineProvider;

/**
 * The storage engines and replication policies of the class path and of the plugin folders, by name. All jars of those
 * folders share one class loader, whose parent is that of the server.
 */
final class Plugins implements AutoCloseable {

    private static final String DEFAULT_ENGINE = "leveldbjni";
    private static final String PLUGINS_FOLDER = "plugins";

    private final URLClassLoader loader;
    private final Map<String, StorageEngineProvider> engines;
    private final Map<String, ReplicationPolicyProvider> policies;

    private Plugins(URLClassLoader loader) {
        this.loader = loader;
        this.engines = load(StorageEngineProvider.class, "storage engine", StorageEngineProvider::name);
        this.policies = load(ReplicationPolicyProvider.class, "replication policy", ReplicationPolicyProvider::name);
    }

    /**
     * Finds all plugins.
     *
     * @throws StartRefusedException with one sentence, if one of them is broken, two share a name, or the configured
     *     folder cannot be read
     */
    static Plugins find(Settings settings) {
        List<URL> jars = new ArrayList<>();
        besideTheServer().filter(Files::isDirectory).ifPresent(folder -> jars.addAll(jarsIn(folder)));
        settings.pluginDirectory().ifPresent(folder -> {
            if (!Files.isDirectory(folder)) {
                throw new StartRefusedException(
                        "MOSTDB_PLUGIN_DIR=" + folder + " is not allowed: it must be a folder that exists.");
            }
            jars.addAll(jarsIn(folder));
        });
        URLClassLoader loader = new URLClassLoader(jars.toArray(URL[]::new), Plugins.class.getClassLoader());
        try {
            return new Plugins(loader);
        } catch (StartRefusedException e) {
            close(loader);
            throw e;
        }
    }

    /** The engine that the settings choose. */
    StorageEngineProvider engine(Settings settings) {
        Optional<String> chosen = settings.storeEngine();
        String byDefault = engines.size() == 1 ? engines.keySet().iterator().next() : DEFAULT_ENGINE;
        StorageEngineProvider provider =
                named(engines, chosen.orElse(byDefault), "MOSTDB_STORE_ENGINE", "storage engine");
        checkOptions(provider, settings.engineOptions().keySet());
        return provider;
    }

    /** The policy that the settings choose. */
    ReplicationPolicyProvider policy(Settings settings) {
        return named(policies, settings.replicationPolicy(), "MOSTDB_REPLICATION_POLICY", "replication policy");
    }

    /** The names of the engines that open files of a format. */
    List<String> enginesOfFormat(String format) {
        return engines.values().stream()
                .filter(engine -> engine.format().equals(format))
                .map(StorageEngineProvider::name)
                .toList();
    }

    /** After the engine and the policy are closed: their classes may not load any more. */
    @Override
    public void close() {
        close(loader);
    }

    private static void checkOptions(StorageEngineProvider provider, Set<String> given) {
        for (String option : given) {
            if (!provider.options().contains(option)) {
                String allowed = provider.options().isEmpty()
                        ? "it has none"
                        : "it has "
                                + list(provider.options().stream()
                                        .map(name -> SettingsTable.ENGINE_OPTION_PREFIX
                                                + name.replace('-', '_').toUpperCase(java.util.Locale.ROOT))
                                        .toList());
                throw new StartRefusedException(SettingsTable.ENGINE_OPTION_PREFIX
                        + option.replace('-', '_').toUpperCase(java.util.Locale.ROOT)
                        + " is not an option of the storage engine " + provider.name() + ": " + allowed + ".");
            }
        }
    }

    private static <P> P named(Map<String, P> providers, String name, String variable, String kind) {
        P provider = providers.get(name);
        if (provider == null) {
            throw new StartRefusedException(variable + "=" + name + ": there is no such " + kind
                    + " on the class path; "
                    + (providers.isEmpty() ? "there is none at all." : "there is " + list(providers.keySet()) + "."));
        }
        return provider;
    }

    private <P> Map<String, P> load(Class<P> type, String kind, Function<P, String> nameOf) {
        Map<String, P> byName = new TreeMap<>();
        try {
            // A class path that names one provider twice is no harm: the loader makes it once.
            for (Iterator<P> found = ServiceLoader.load(type, loader).iterator(); found.hasNext(); ) {
                P provider = found.next();
                P other = byName.putIfAbsent(nameOf.apply(provider), provider);
                if (other != null) {
                    throw new StartRefusedException("Two plugins are called " + nameOf.apply(provider) + ": "
                            + origin(other) + " and " + origin(provider) + "; take one away.");
                }
            }
        } catch (ServiceConfigurationError | LinkageError e) {
            if (e instanceof NoClassDefFoundError || e.getCause() instanceof NoClassDefFoundError) {
                throw classMissing(kind, String.valueOf(e.getMessage()), e);
            }
            throw new StartRefusedException(
                    "A " + kind + " on the class path is broken (" + e.getMessage()
                            + "): take its jar away, or take one that was built for this version of mostdb.",
                    e);
        }
        return byName;
    }

    /** Runs what may be the first use of a plugin's own libraries. */
    static <T> T firstUse(String kind, String name, Supplier<T> use) {
        try {
            return use.get();
        } catch (NoClassDefFoundError e) {
            throw classMissing(kind, name, e);
        }
    }

    private static StartRefusedException classMissing(String kind, String which, Throwable e) {
        Throwable error = e instanceof NoClassDefFoundError || e.getCause() == null ? e : e.getCause();
        return new StartRefusedException(
                "A class is missing that a " + kind + " needs (" + which + ": " + error.getMessage()
                        + "): the libraries of a plugin must lie beside its jar, or stand on the class path.",
                e);
    }

    private static String origin(Object provider) {
        Class<?> type = provider.getClass();
        return type.getName()
                + location(type).map(path -> " in " + path.getFileName()).orElse("");
    }

    private static Optional<Path> besideTheServer() {
        return location(Plugins.class)
                .filter(jar -> jar.getFileName().toString().endsWith(".jar"))
                .map(jar -> jar.resolveSibling(PLUGINS_FOLDER));
    }

    private static Optional<Path> location(Class<?> type) {
        return Optional.ofNullable(type.getProtectionDomain().getCodeSource())
                .flatMap(source -> Optional.ofNullable(source.getLocation()))
                .filter(url -> url.getProtocol().equals("file"))
                .map(url -> Path.of(java.net.URI.create(url.toString())));
    }

    private static List<URL> jarsIn(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<URL> jars = new ArrayList<>();
            for (Path jar : files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList()) {
                jars.add(jar.toUri().toURL());
            }
            return jars;
        } catch (MalformedURLException e) {
            throw new IllegalStateException("a path that is no URL in " + folder, e);
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The plugin folder " + folder + " can't be read (" + IoProblem.words(e) + ").", e);
        }
    }

    private static String list(Collection<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }

    private static void close(URLClassLoader loader) {
        try {
            loader.close();
        } catch (IOException e) {
            System.getLogger(Plugins.class.getName())
                    .log(System.Logger.Level.WARNING, "A plugin jar could not be closed", e);
        }
    }
}
