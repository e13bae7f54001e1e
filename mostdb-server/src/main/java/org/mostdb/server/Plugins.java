package org.mostdb.server;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.ReplicationPolicyProvider;
import org.mostdb.api.spi.StorageEngineProvider;

/**
 * The storage engines and replication policies of the class path and of the plugin folders, by name. All jars of those
 * folders share one class loader, whose parent is that of the server.
 */
final class Plugins implements AutoCloseable {

    private static final String DEFAULT_ENGINE = "leveldbjni";
    private static final String PLUGINS_FOLDER = "plugins";
    private static final System.Logger LOG = System.getLogger(Plugins.class.getName());

    private final URLClassLoader loader;
    private final Kind<StorageEngineProvider> engines;
    private final Kind<ReplicationPolicyProvider> policies;

    private Plugins(URLClassLoader loader) {
        this.loader = loader;
        this.engines = load(StorageEngineProvider.class, "storage engine", StorageEngineProvider::name);
        this.policies = load(ReplicationPolicyProvider.class, "replication policy", ReplicationPolicyProvider::name);
    }

    /**
     * Those of one kind.
     *
     * @param broken a sentence for each that could not be made: it harms nobody unless it is the one that is wanted
     */
    private record Kind<P>(String name, Map<String, P> byName, List<String> broken) {

        P chosen(String wanted, String variable) {
            P provider = byName.get(wanted);
            if (provider != null) {
                broken.forEach(sentence -> LOG.log(System.Logger.Level.WARNING, "left out: " + sentence));
                return provider;
            }
            String others = byName.isEmpty() ? "there is none at all." : "there is " + list(byName.keySet()) + ".";
            throw new StartRefusedException(variable + "=" + wanted + ": there is no such " + name
                    + " on the class path; "
                    + String.join(
                            " ",
                            Stream.concat(Stream.of(others), broken.stream()).toList()));
        }
    }

    /**
     * Finds all plugins. What cannot be loaded is left out.
     *
     * @throws StartRefusedException with one sentence, if two share a name, or the configured folder cannot be read
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
        Set<String> names = engines.byName().keySet();
        boolean isOnlyOne = names.size() == 1 && engines.broken().isEmpty();
        String byDefault = isOnlyOne ? names.iterator().next() : DEFAULT_ENGINE;
        StorageEngineProvider provider = engines.chosen(chosen.orElse(byDefault), "MOSTDB_STORE_ENGINE");
        checkOptions(provider, settings.engineOptions().keySet());
        return provider;
    }

    /** The policy that the settings choose. */
    ReplicationPolicyProvider policy(Settings settings) {
        return policies.chosen(settings.replicationPolicy(), "MOSTDB_REPLICATION_POLICY");
    }

    /** The names of the engines that open files of a format. */
    List<String> enginesOfFormat(String format) {
        return engines.byName().values().stream()
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
                                        .map(EngineSettings::variable)
                                        .toList());
                throw new StartRefusedException(EngineSettings.variable(option)
                        + " is not an option of the storage engine " + provider.name() + ": " + allowed + ".");
            }
        }
    }

    private <P> Kind<P> load(Class<P> type, String kind, Function<P, String> nameOf) {
        Map<String, P> byName = new TreeMap<>();
        List<String> broken = new ArrayList<>();
        Iterator<P> found = ServiceLoader.load(type, loader).iterator();
        while (true) {
            try {
                if (!found.hasNext()) {
                    return new Kind<>(kind, byName, broken);
                }
                P provider = found.next();
                // A class path that names one provider twice is no harm: the loader makes it once.
                P other = byName.putIfAbsent(nameOf.apply(provider), provider);
                if (other != null) {
                    throw new StartRefusedException("Two plugins are called " + nameOf.apply(provider) + ": "
                            + origin(other) + " and " + origin(provider) + "; take one away.");
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                broken.add(whatIsBroken(kind, e)); // the iterator goes on behind it
            }
        }
    }

    private String whatIsBroken(String kind, Error e) {
        String where = loader.getURLs().length == 0 ? "" : "; the jars of the plugin folders: " + jarNames();
        return Stream.of(e, e.getCause())
                .filter(NoClassDefFoundError.class::isInstance)
                .findFirst()
                .map(missing -> classMissing(kind, missing.getMessage() + where))
                .orElseGet(() -> "A " + kind + " on the class path is broken (" + e.getMessage()
                        + "): take its jar away, or take one that was built for this version of mostdb.");
    }

    private String jarNames() {
        return list(Arrays.stream(loader.getURLs())
                .map(url -> url.getPath().substring(url.getPath().lastIndexOf('/') + 1))
                .toList());
    }

    /** Runs what may be the first use of a plugin's own libraries. */
    static <T> T firstUse(String kind, String name, Supplier<T> use) {
        try {
            return use.get();
        } catch (NoClassDefFoundError e) {
            throw new StartRefusedException(classMissing(kind, name + ": " + e.getMessage()), e);
        }
    }

    private static String classMissing(String kind, String what) {
        return "A class is missing that a " + kind + " needs (" + what
                + "): the libraries of a plugin must lie beside its jar, or stand on the class path.";
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
                if (isJar(jar)) {
                    jars.add(jar.toUri().toURL());
                }
            }
            return jars;
        } catch (MalformedURLException e) {
            throw new IllegalStateException("a path that is no URL in " + folder, e);
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The plugin folder " + folder + " can't be read (" + IoProblem.words(e) + ").", e);
        }
    }

    /** The class loader would pass over what is none without a word. */
    private static boolean isJar(Path file) {
        try {
            new JarFile(file.toFile()).close();
            return true;
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "left out: " + file + " can't be read as a jar (" + IoProblem.words(e) + ")");
            return false;
        }
    }

    private static String list(Collection<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }

    private static void close(URLClassLoader loader) {
        try {
            loader.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "A plugin jar could not be closed", e);
        }
    }
}
