package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in a tree of its own, with JDKs that only say that they were started, a Maven that only leaves a jar,
 * and a PATH on which nothing else is found but what the script itself uses.
 */
class LauncherTest {

    private static final Path SCRIPT = Path.of("..", "mostdb").toAbsolutePath().normalize();
    private static final List<String> TOOLS = List.of(
            "sh",
            "cat",
            "chmod",
            "dirname",
            "env",
            "find",
            "head",
            "grep",
            "mv",
            "ln",
            "mkdir",
            "ps",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "touch");

    @TempDir
    Path folder;

    private Path tree;
    private Path bin;
    private Path jdks;
    private final Map<String, String> environment = new HashMap<>();

    private record Outcome(int exitCode, String output, String errors) {}

    @BeforeEach
    void aTreeWithABuiltServerAndNoJava() throws IOException {
        tree = Files.createDirectories(folder.resolve("a tree"));
        bin = Files.createDirectories(folder.resolve("bin"));
        jdks = Files.createDirectories(folder.resolve("all jdks"));
        for (String tool : TOOLS) {
            script(bin.resolve(tool), "exec '" + onThePathOfThisTest(tool) + "' \"$@\"");
        }
        Files.copy(SCRIPT, tree.resolve("mostdb"));
        Files.copy(SCRIPT.resolveSibling("jvm.args"), tree.resolve("jvm.args"));
        assertTrue(tree.resolve("mostdb").toFile().setExecutable(true));
        Files.writeString(tree.resolve("pom.xml"), "<project>\n  <version>1.2.3</version>\n</project>\n");
        Files.createDirectories(target().resolve("libs"));
        Files.writeString(target().resolve("mostdb-server.jar"), "built");
        environment.put("PATH", bin.toString());
        environment.put("HOME", folder.resolve("home").toString());
        environment.put("MOSTDB_JDK_FOLDERS", jdks.toString());
    }

    @Test
    void theNewestJdkOfTheUsualFoldersRunsTheServerWithItsArguments() throws Exception {
        jdk("jdk-17", "17.0.9");
        jdk("jdk-25-old", "25.0.2");
        Path newest = jdk("jdk-25-new", "25.0.10");
        jdk("jdk-9", "9.0.4");

        Outcome outcome = launch("server", "first", "with blank");

        assertEquals(0, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.output().startsWith("java of " + newest + "\n"), outcome.output());
        assertTrue(
                outcome.output()
                        .endsWith("[-jar]\n[" + target().resolve("mostdb-server.jar") + "]\n[first]\n[with blank]\n"),
                outcome.output());
        assertEquals("", outcome.errors());
    }

    @Test
    void backupRestoreAndReformAreTheServersOwnCommands() throws Exception {
        jdk("jdk-25", "25");

        for (String command : List.of("backup", "restore", "reform")) {
            String output = launch(command, "--yes", "/a store").output();

            assertTrue(output.endsWith("mostdb-server.jar]\n[" + command + "]\n[--yes]\n[/a store]\n"), output);
        }
    }

    @Test
    void javaHomeGoesBeforeThePathAndThePathBeforeTheFolders() throws Exception {
        jdk("jdk-27", "27");
        Path onPath = jdkAt(folder.resolve("on path"), "26-ea");
        Path inJavaHome = jdkAt(folder.resolve("in java home"), "25.0.1");

        Files.createSymbolicLink(bin.resolve("java"), onPath.resolve("bin/java"));
        assertEquals(
                "mostdb 1.2.3, Java 26-ea (" + onPath + ")\n", launch("version").output());

        environment.put("JAVA_HOME", inJavaHome.toString());
        assertEquals(
                "mostdb 1.2.3, Java 25.0.1 (" + inJavaHome + ")\n",
                launch("version").output());
    }

    @Test
    void aJavaThatIsTooOldIsPassedOver() throws Exception {
        Path fit = jdk("jdk-25", "25");
        Path old = jdkAt(folder.resolve("old"), "24.0.2");
        Files.createSymbolicLink(bin.resolve("java"), old.resolve("bin/java"));
        environment.put("JAVA_HOME", old.toString());

        assertEquals("mostdb 1.2.3, Java 25 (" + fit + ")\n", launch("version").output());
    }

    @Test
    void aJdkLaidOutAsOnMacOsIsFound() throws Exception {
        Path home = jdkAt(jdks.resolve("temurin-25.jdk/Contents/Home"), "25.0.1");

        assertEquals(
                "mostdb 1.2.3, Java 25.0.1 (" + home + ")\n", launch("version").output());
    }

    @Test
    void withoutAFitJdkOneSentenceSaysWhatIsMissing() throws Exception {
        jdk("jdk-17", "17.0.9");

        Outcome outcome = launch("server");

        assertEquals(1, outcome.exitCode());
        assertEquals("", outcome.output());
        assertEquals(
                "mostdb: there is no Java of version 25 or newer in JAVA_HOME, on the PATH or in the usual folders:"
                        + " install one, or name it in MOSTDB_JAVA_HOME\n",
                outcome.errors());
    }

    @Test
    void aJdkThatIsNamedButUnfitIsAnError() throws Exception {
        jdk("jdk-25", "25");
        environment.put("MOSTDB_JAVA_HOME", jdk("jdk-17", "17.0.9").toString());

        Outcome outcome = launch("server");

        assertEquals(1, outcome.exitCode());
        assertTrue(outcome.errors().contains("MOSTDB_JAVA_HOME=" + jdks.resolve("jdk-17")), outcome.errors());
        assertEquals(1, outcome.errors().lines().count());
    }

    @Test
    void theExitCodeIsTheServersOwn() throws Exception {
        jdk("jdk-25", "25");
        environment.put("STUB_EXIT_CODE", "42");

        assertEquals(42, launch("server").exitCode());
    }

    @Test
    void optionsForTheJvmStandBeforeTheJarAndAreNoFilePatterns() throws Exception {
        jdk("jdk-25", "25");
        environment.put("MOSTDB_JAVA_OPTS", "-Xmx1g -Dpattern=/*");

        assertTrue(launch("server").output().contains("\n[-Xmx1g]\n[-Dpattern=/*]\n[-jar]\n"));
    }

    @Test
    void theServerDoesNotSeeTheVariablesOfTheLauncher() throws Exception {
        Path home = jdk("jdk-25", "25");
        script(home.resolve("bin/java"), "env");
        environment.put("MOSTDB_JAVA_HOME", home.toString());
        environment.put("MOSTDB_JAVA_OPTS", "-Xmx1g");
        environment.put("MOSTDB_SERVER_PORT", "1234");

        List<String> seen = launch("server")
                .output()
                .lines()
                .filter(line -> line.startsWith("MOSTDB_"))
                .toList();

        assertEquals(List.of("MOSTDB_SERVER_PORT=1234"), seen);
    }

    @Test
    void faultsRunTheDriverOnceTheServerIsBuiltToo() throws Exception {
        jdk("jdk-25", "25");
        maven("echo built >mostdb-server/target/mostdb-server.jar; mkdir -p mostdb-faults/target/libs; "
                + "echo built >mostdb-faults/target/mostdb-faults.jar");
        Files.delete(target().resolve("mostdb-server.jar"));

        Outcome outcome = launch("faults", "--nodes", "5");

        Path driver = tree.resolve("mostdb-faults").resolve("target").resolve("mostdb-faults.jar");
        assertTrue(outcome.output().endsWith("[-jar]\n[" + driver + "]\n[--nodes]\n[5]\n"), outcome.output());
        assertTrue(Files.exists(target().resolve("mostdb-server.jar")));
    }

    @Test
    void benchStartsTheLoadToolAndJmhTheBenchmarks() throws Exception {
        jdk("jdk-25", "25");
        Path built = Files.createDirectories(tree.resolve("mostdb-bench").resolve("target"));
        Files.createDirectories(built.resolve("libs"));
        Path jar = Files.writeString(built.resolve("mostdb-bench.jar"), "built");

        String load = launch("bench", "--rate", "5").output();
        String jmh = launch("jmh", "-l").output();

        assertTrue(load.endsWith("[-jar]\n[" + jar + "]\n[load]\n[--rate]\n[5]\n"), load);
        assertTrue(jmh.endsWith("[-jar]\n[" + jar + "]\n[jmh]\n[-l]\n"), jmh);
    }

    @Test
    void itWorksThroughASymbolicLinkFromAnotherFolder() throws Exception {
        jdk("jdk-25", "25");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a tree", "mostdb"));

        Outcome outcome = run(folder, link.toString(), "server");

        assertTrue(outcome.output().contains("[" + target().resolve("mostdb-server.jar") + "]"), outcome.output());
    }

    @Test
    void whatIsNotBuiltIsBuiltOnceAndOneLineSaysSo() throws Exception {
        jdk("jdk-25", "25");
        maven("echo built >mostdb-server/target/mostdb-server.jar; mkdir -p mostdb-server/target/libs");
        Files.delete(target().resolve("mostdb-server.jar"));

        Outcome first = launch("server");
        Outcome second = launch("server");

        assertEquals(
                "mostdb: building (first time, a minute or more), see " + target().resolve("build.log") + " ...\n",
                first.errors());
        assertTrue(first.output().contains("[-jar]"), first.output());
        assertEquals("", second.errors());
        assertFalse(Files.isSymbolicLink(target().resolve("build.lock")));
    }

    @Test
    void theBuildLetsTheJvmLearnFromATrainingAndLaterStartsUseIt() throws Exception {
        Path cache = aBuildWithATraining();
        assertEquals(1, launch("is-trained").exitCode());

        Outcome first = launch("server");

        assertTrue(Files.exists(cache), first.errors());
        assertTrue(first.output().contains("[-XX:AOTCache=" + cache + "]\n[-jar]"), first.output());
        assertTrue(launch("server").output().contains("[-XX:AOTCache=" + cache + "]"));
        assertFalse(Files.exists(target().resolve("training")));
        assertEquals(new Outcome(0, "", ""), launch("is-trained"));
    }

    @Test
    void whatTheJvmHasLearntOfOtherJarsIsNotUsed() throws Exception {
        aBuildWithATraining();
        launch("build");
        Path library = Files.writeString(target().resolve("libs").resolve("a.jar"), "new");
        Files.setLastModifiedTime(
                library,
                FileTime.fromMillis(
                        System.currentTimeMillis() + Duration.ofHours(1).toMillis()));

        assertFalse(launch("server").output().contains("AOTCache"));
        assertEquals(1, launch("is-trained").exitCode());
    }

    @Test
    void theOptionsOfTheJvmAreThoseOfTheFile() throws Exception {
        jdk("jdk-25", "25");

        assertTrue(launch("server").output().contains("\n[@" + tree.resolve("jvm.args") + "]\n[-jar]\n"));
    }

    @Test
    void aFailedBuildNamesItsLogAndLeavesNoServer() throws Exception {
        jdk("jdk-25", "25");
        maven("echo the reason; echo half >mostdb-server/target/mostdb-server.jar; exit 1");
        Files.delete(target().resolve("mostdb-server.jar"));

        Outcome outcome = launch("server");

        assertEquals(1, outcome.exitCode());
        assertTrue(outcome.errors().contains("see " + target().resolve("build.log")), outcome.errors());
        assertEquals("the reason\n", Files.readString(target().resolve("build.log")));
        assertFalse(Files.exists(target().resolve("mostdb-server.jar")));
    }

    @Test
    void aBuildThatWasKilledIsNotTakenForAFinishedOne() throws Exception {
        jdk("jdk-25", "25");
        maven("echo built >mostdb-server/target/mostdb-server.jar");
        Process dead = new ProcessBuilder("true").start();
        assertEquals(0, dead.waitFor());
        Files.createSymbolicLink(target().resolve("build.lock"), Path.of(Long.toString(dead.pid())));

        Outcome outcome = launch("server");

        assertTrue(outcome.errors().startsWith("mostdb: building"), outcome.errors());
        assertEquals(0, outcome.exitCode());
    }

    @Test
    void withoutMavenOneSentenceSaysWhatIsMissing() throws Exception {
        jdk("jdk-25", "25");
        Files.delete(target().resolve("mostdb-server.jar"));

        Outcome outcome = launch("server");

        assertEquals(1, outcome.exitCode());
        assertEquals(
                "mostdb: there is no Maven to build with: install it, so that 'mvn' is on the PATH\n",
                outcome.errors());
    }

    @Test
    void newerSourcesAreToldOfAndTheBuiltServerStarts() throws Exception {
        jdk("jdk-25", "25");
        Files.setLastModifiedTime(target().resolve("mostdb-server.jar"), FileTime.fromMillis(1_000_000));

        Outcome outcome = launch("server");

        assertEquals(
                "mostdb: the sources are newer than what is built; './mostdb build' builds it anew\n",
                outcome.errors());
        assertEquals(0, outcome.exitCode());
    }

    @Test
    void newerSourcesOfTheBenchmarksAreBuiltByTheirOwnCommand() throws Exception {
        jdk("jdk-25", "25");
        Files.setLastModifiedTime(builtBenchmarks(), FileTime.fromMillis(1_000_000));

        Outcome outcome = launch("bare-route");

        assertEquals(
                "mostdb: the sources are newer than what is built; './mostdb build-bench', and then './mostdb build',"
                        + " build it anew\n",
                outcome.errors());
        assertEquals(0, outcome.exitCode());
    }

    private Path builtBenchmarks() throws IOException {
        Path bench = Files.createDirectories(tree.resolve("mostdb-bench/target"));
        Files.createDirectories(bench.resolve("libs"));
        return Files.writeString(bench.resolve("mostdb-bench.jar"), "built");
    }

    @Test
    void theBareRouteIsAnotherClassOfTheBenchmarksWithTheFlagsOfTheServer() throws Exception {
        jdk("jdk-25", "25");
        Path jar = builtBenchmarks();

        List<String> started = launch("bare-route").output().lines().toList();
        List<String> server = launch("server").output().lines().toList();

        assertEquals(
                List.of("[-cp]", "[" + jar + "]", "[org.mostdb.server.BareRoute]"),
                started.subList(started.size() - 3, started.size()));
        assertEquals(server.subList(0, server.size() - 2), started.subList(0, started.size() - 3));
    }

    @Test
    void anUnknownCommandIsAnErrorAndNoneShowsTheUsage() throws Exception {
        Outcome unknown = launch("sever");
        assertEquals(2, unknown.exitCode());
        assertTrue(unknown.errors().startsWith("mostdb: there is no command 'sever'\nUsage: "), unknown.errors());

        Outcome helped = launch("build", "--help");
        assertEquals(2, helped.exitCode());
        assertTrue(helped.errors().startsWith("mostdb: build takes no arguments\nUsage: "), helped.errors());

        assertTrue(launch().output().startsWith("Usage: "));
        assertEquals(launch(), launch("help"));
    }

    @Test
    void shellcheckFindsNothing() throws Exception {
        Assumptions.assumeTrue(isOnThePathOfThisTest("shellcheck"), "shellcheck is not installed");
        environment.put("PATH", System.getenv("PATH"));

        Path bench = SCRIPT.resolveSibling("bench");
        assertEquals(
                new Outcome(0, "", ""),
                run(
                        folder,
                        "shellcheck",
                        SCRIPT.toString(),
                        bench.resolve("compare").toString(),
                        bench.resolve("long").toString(),
                        bench.resolve("overload").toString(),
                        bench.resolve("nodes.sh").toString()));
    }

    /** Returns where the build leaves what the JVM has learnt. */
    private Path aBuildWithATraining() throws IOException {
        Path java = jdk("jdk-25", "25").resolve("bin/java");
        String asEver = Files.readString(java);
        Files.writeString(java, """
                #!/bin/sh
                for argument in "$@"; do
                    case $argument in
                        -XX:AOTCacheOutput=*) echo learnt >"${argument#*=}"; exit 0 ;;
                    esac
                done
                """ + asEver.substring(asEver.indexOf('\n') + 1));
        maven("echo built >mostdb-server/target/mostdb-server.jar; mkdir -p mostdb-server/target/libs");
        Files.delete(target().resolve("mostdb-server.jar"));
        return target().resolve("mostdb-server.aot");
    }

    private Path target() {
        return tree.resolve("mostdb-server").resolve("target");
    }

    private Path jdk(String name, String version) throws IOException {
        return jdkAt(jdks.resolve(name), version);
    }

    private static Path jdkAt(Path home, String version) throws IOException {
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nOS=\"y\"\n");
        script(
                home.resolve("bin/java"),
                "echo 'java of " + home + "'; printf '[%s]\\n' \"$@\"; exit ${STUB_EXIT_CODE:-0}");
        script(home.resolve("bin/javac"), "exit 1");
        return home;
    }

    private void maven(String commands) throws IOException {
        script(bin.resolve("mvn"), commands);
    }

    private static void script(Path file, String commands) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + commands + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    private static Path onThePathOfThisTest(String tool) {
        return candidates(tool).findFirst().orElseThrow(() -> new AssertionError("no " + tool + " on the PATH"));
    }

    private static boolean isOnThePathOfThisTest(String tool) {
        return candidates(tool).findAny().isPresent();
    }

    private static Stream<Path> candidates(String tool) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .map(part -> Path.of(part, tool))
                .filter(Files::isExecutable);
    }

    private Outcome launch(String... arguments) throws IOException, InterruptedException {
        return run(
                tree, Stream.concat(Stream.of("./mostdb"), Stream.of(arguments)).toArray(String[]::new));
    }

    private Outcome run(Path workingFolder, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "output", "");
        Path errors = Files.createTempFile(folder, "errors", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(workingFolder.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the launcher does not end");
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
    }
}
