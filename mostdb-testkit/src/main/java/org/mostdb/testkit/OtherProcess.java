package org.mostdb.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;

/** Another process that has opened a directory, written {@link #KEY} to it, and holds it until it is told to let go. */
public final class OtherProcess implements AutoCloseable {

    /** What the other process has written, unsynced, before the constructor returns. */
    public static final String KEY = "written-elsewhere";

    /** Its value. */
    public static final String VALUE = "by another process";

    private static final String HOLDS = "holds";

    private final Process process;

    private OtherProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts a process with the class path of this one.
     *
     * @param provider of a public class with a public constructor without parameters, as ServiceLoader wants it
     * @throws IllegalStateException if it could not open the directory; the message is what it said
     */
    public static OtherProcess holding(StorageEngineProvider provider, Path directory) throws IOException {
        return holding(provider.getClass().getName(), directory, System.getProperty("java.class.path"));
    }

    /** Starts a process with a class path of its own. */
    public static OtherProcess holding(String providerClass, Path directory, String classPath) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath,
                OtherProcess.class.getName(),
                providerClass,
                directory.toString());
        OtherProcess other = new OtherProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
        StringBuilder said = new StringBuilder();
        BufferedReader reader = new BufferedReader(new InputStreamReader(other.process.getInputStream(), UTF_8));
        for (@Nullable String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.equals(HOLDS)) {
                return other;
            }
            said.append(line).append('\n');
        }
        other.close();
        throw new IllegalStateException("the other process did not open " + directory + ": " + said);
    }

    /** Lets it close the engine and end, and waits for it. */
    public void letGo() throws IOException {
        process.getOutputStream().close();
        if (!ended() || process.exitValue() != 0) {
            throw new IllegalStateException("the other process did not end well");
        }
    }

    /** Ends it without any notice, as kill -9 does, and waits for it. */
    public void kill() {
        process.destroyForcibly();
        if (!ended()) {
            throw new IllegalStateException("the other process cannot be killed");
        }
    }

    private boolean ended() {
        try {
            return process.waitFor(EngineFixture.PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        kill();
    }

    /** Run in the other process: the class of a provider, and a directory. */
    public static void main(String[] args) throws Exception {
        StorageEngineProvider provider = Class.forName(args[0])
                .asSubclass(StorageEngineProvider.class)
                .getDeclaredConstructor()
                .newInstance();
        try (StorageEngine engine = provider.open(new EngineSettings(Path.of(args[1]), Map.of()))) {
            engine.write(new WriteBatch().put(KEY.getBytes(UTF_8), VALUE.getBytes(UTF_8)), Durability.OS);
            System.out.println(HOLDS);
            System.out.flush();
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }
}
