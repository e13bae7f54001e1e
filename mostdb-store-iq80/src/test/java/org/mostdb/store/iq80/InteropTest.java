package org.mostdb.store.iq80;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.store.leveldbjni.LevelDbJniProvider;
import org.mostdb.testkit.OtherProcess;

/** Both LevelDBs read and write the same files, and live on one class path although both jars carry the interfaces. */
final class InteropTest {

    private static final String OWN_COPIES = "leveldbjni-all";

    @TempDir
    Path folder;

    static Stream<List<StorageEngineProvider>> pairs() {
        return Stream.of(
                List.of(new LevelDbJniProvider(), new Iq80Provider()),
                List.of(new Iq80Provider(), new LevelDbJniProvider()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatOneWritesTheOtherReadsInBothOrdersOfTheClassPath(boolean nativeJarFirst) throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(nativeJarFirst),
                InteropMain.class.getName(),
                folder.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), said);
        assertEquals("", said, "neither library prints anything");
    }

    private static String classPath(boolean nativeJarFirst) {
        List<String> entries =
                new ArrayList<>(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
        String jar = jar(OWN_COPIES);
        assertTrue(entries.remove(jar), "the native jar is on the class path");
        entries.add(nativeJarFirst ? 0 : entries.size(), jar);
        return String.join(File.pathSeparator, entries);
    }

    private static String jar(String name) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Path.of(entry).getFileName().toString().startsWith(name + "-"))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void oneThatIsHeldByAnotherProcessIsRefusedToTheOther(List<StorageEngineProvider> pair) throws Exception {
        try (OtherProcess holder = OtherProcess.holding(pair.get(0), folder)) {
            assertThrows(StorageException.class, () -> open(pair.get(1)));
            assertThrows(StorageException.class, () -> open(pair.get(1)));
            holder.letGo();
        }
        open(pair.get(1)).close();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void oneThatIsOpenInThisProcessIsRefusedToTheOther(List<StorageEngineProvider> pair) {
        try (StorageEngine engine = open(pair.get(0))) {
            assertThrows(StorageException.class, () -> open(pair.get(1)));
            assertTrue(engine.get(new byte[] {1}).isEmpty());
        }
        open(pair.get(1)).close();
    }

    private StorageEngine open(StorageEngineProvider provider) {
        return provider.open(new EngineSettings(folder, Map.of()));
    }

    @Test
    void theClassesThatBothJarsCarryHaveOneShape() throws Exception {
        List<String> names;
        try (JarFile jar = new JarFile(jar(OWN_COPIES))) {
            names = jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith("org/iq80/") && name.endsWith(".class"))
                    .map(name -> name.replace('/', '.').replace(".class", ""))
                    .toList();
        }
        assertFalse(names.isEmpty());
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        try (URLClassLoader copies = new URLClassLoader(new URL[] {url(jar(OWN_COPIES))}, platform);
                URLClassLoader originals = new URLClassLoader(new URL[] {url(jar("leveldb-api"))}, platform)) {
            for (String name : names) {
                assertEquals(shape(originals.loadClass(name)), shape(copies.loadClass(name)), name);
            }
        }
    }

    private static URL url(String jar) throws Exception {
        return Path.of(jar).toUri().toURL();
    }

    /** What other classes can refer to. */
    private static Set<String> shape(Class<?> type) {
        Set<String> shape = Stream.<Member[]>of(
                        type.getDeclaredMethods(), type.getDeclaredConstructors(), type.getDeclaredFields())
                .flatMap(Arrays::stream)
                .filter(member -> !member.isSynthetic() && !Modifier.isPrivate(member.getModifiers()))
                .map(Object::toString)
                .collect(Collectors.toCollection(TreeSet::new));
        shape.add(type.toString() + " extends " + type.getSuperclass() + " implements "
                + Arrays.toString(type.getInterfaces()));
        return shape;
    }
}
