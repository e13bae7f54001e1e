package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.mostdb.faults.Folders;
import org.mostdb.faults.SeedClient;
import org.mostdb.faults.ServerProcess;

/** What {@code docs/writing-a-plugin.md} tells a reader to do, done with the sample plugin. */
class SamplePluginIT {

    private static final Path REACTOR = Path.of("..").toAbsolutePath().normalize();
    private static final String SAMPLE = "mostdb-store-mvstore";
    private static final List<String> FOR_PLUGINS = List.of("mostdb-api", "mostdb-testkit");
    private static final int MAVEN_PATIENCE_MINUTES = 5;

    @RegisterExtension
    final Servers servers = new Servers();

    @Test
    void aPluginBuiltOutsideTheReactorServesWhenItIsDroppedIn() throws Exception {
        Path sample = servers.folder().resolve(SAMPLE);
        Folders.copy(REACTOR.resolve("examples").resolve(SAMPLE), sample, "target");
        Path target = build(sample);

        Path installation = servers.folder().resolve("installation");
        Folders.copy(
                Servers.JAR.resolveSibling("libs"),
                Files.createDirectory(installation).resolve("libs"));
        Path jar = Files.copy(Servers.JAR, installation.resolve("mostdb-server.jar"));
        Path plugins = Files.createDirectory(installation.resolve("plugins"));
        for (Path built : jars(target)) {
            Files.copy(built, plugins.resolve(built.getFileName().toString()));
        }

        ServerProcess node =
                servers.node(jar).with("MOSTDB_STORE_ENGINE", "mvstore").start().awaitReady();
        try (SeedClient client = new SeedClient(node)) {
            assertEquals(SeedClient.SUCCESS, client.set("ping", "pong"));
            node.kill().start().awaitReady();
            assertEquals(SeedClient.found("ping", "pong"), client.get("ping"));
        }
        assertEquals(List.of(), node.troubles());
    }

    /** Runs Maven on the sample as its reader would, and returns its folder of results. */
    private Path build(Path sample) throws IOException, InterruptedException {
        Path log = servers.folder().resolve("maven.log");
        Process maven = new ProcessBuilder(
                        Path.of(System.getProperty("maven.home", ""), "bin", "mvn")
                                .toString(),
                        "-q",
                        "-B",
                        "-Dmaven.repo.local=" + repositoryWithThisBuild(),
                        "verify")
                .directory(sample.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(maven.waitFor(MAVEN_PATIENCE_MINUTES, TimeUnit.MINUTES), "Maven does not end");
        } finally {
            maven.destroyForcibly();
        }
        assertEquals(0, maven.exitValue(), Files.readString(log));
        return sample.resolve("target");
    }

    /**
     * A local repository that shares everything with that of this build, and has in addition what {@code mvn install}
     * in the reactor would put there. Nothing of this build gets into the user's own repository.
     */
    private Path repositoryWithThisBuild() throws IOException {
        Path users = Path.of(System.getProperty(
                "localRepository",
                Path.of(System.getProperty("user.home", ""), ".m2", "repository")
                        .toString()));
        Path repository = Files.createDirectories(servers.folder().resolve("repository"));
        linkAll(users, repository, "org");
        Path org = Files.createDirectory(repository.resolve("org"));
        linkAll(users.resolve("org"), org, "mostdb");
        String version = System.getProperty("mostdb.version", "");
        install(org, "mostdb", version, REACTOR.resolve("pom.xml"));
        for (String module : FOR_PLUGINS) {
            Path folder = install(org, module, version, REACTOR.resolve(module).resolve("pom.xml"));
            String jar = module + "-" + version + ".jar";
            Files.copy(REACTOR.resolve(module).resolve("target").resolve(jar), folder.resolve(jar));
        }
        return repository;
    }

    private static Path install(Path org, String module, String version, Path pom) throws IOException {
        Path folder =
                Files.createDirectories(org.resolve("mostdb").resolve(module).resolve(version));
        Files.copy(pom, folder.resolve(module + "-" + version + ".pom"));
        return folder;
    }

    private static void linkAll(Path from, Path to, String except) throws IOException {
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                if (!name.equals(except)) {
                    Files.createSymbolicLink(to.resolve(name), entry);
                }
            }
        }
    }

    private static List<Path> jars(Path target) throws IOException {
        List<Path> jars = new ArrayList<>();
        try (Stream<Path> files = Files.walk(target)) {
            files.filter(file -> file.toString().endsWith(".jar")).forEach(jars::add);
        }
        return jars;
    }
}
