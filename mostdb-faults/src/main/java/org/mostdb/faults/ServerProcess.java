package org.mostdb.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One node as an operator has it: a JVM of its own, started from the jar that was built, with its data and its log in a
 * folder. Who makes it ends it with {@link #close}.
 */
public final class ServerProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path jar;
    private final Path folder;
    private final int port;
    private final Map<String, String> settings = new TreeMap<>();
    private int heapMib = 256;
    private @Nullable Process process;
    private int starts;

    /**
     * A node that is not started yet.
     *
     * @param folder is there and is the node's own
     */
    public ServerProcess(Path jar, Path folder, int port) {
        this.jar = jar;
        this.folder = folder;
        this.port = port;
        settings.put("MOSTDB_STORE_ROOT", folder.resolve("data").toString());
        settings.put("MOSTDB_SERVER_PORT", Integer.toString(port));
    }

    /** Sets a setting for the starts from now on. */
    public ServerProcess with(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** Takes a setting back for the starts from now on. */
    public ServerProcess without(String name) {
        settings.remove(name);
        return this;
    }

    /** Sets how great its heap may become, at least 32 MiB, for the starts from now on. */
    public ServerProcess withHeapMib(int mib) {
        heapMib = mib;
        return this;
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** What its clients call. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Where it has all that it keeps; not its log. */
    public Path dataFolder() {
        return Path.of(String.valueOf(settings.get("MOSTDB_STORE_ROOT")));
    }

    /** Its log is there, and its data unless that was set otherwise. */
    Path folder() {
        return folder;
    }

    /** The number of its process. */
    public long pid() {
        return running().pid();
    }

    /** Whether its process is there, frozen or not. */
    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Starts it, and does not wait for anything. */
    public ServerProcess start() {
        if (isAlive()) {
            throw new IllegalStateException("the node on port " + port + " runs already");
        }
        process = launch(List.of());
        return this;
    }

    private Process launch(List<String> arguments) {
        starts++;
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms32m",
                "-Xmx" + heapMib + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "-jar",
                jar.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(output(starts).toFile())
                .redirectError(errors(starts).toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MOSTDB_") || name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(settings);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs the jar with this node's settings and these arguments to its end, beside the node. Returns the exit code.
     */
    public int run(String... arguments) {
        return end(launch(List.of(arguments)));
    }

    /** Waits until the node says itself that it would serve a read and a write. */
    public ServerProcess awaitReady() {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(url().resolve("/health/ready"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            Await.until("the node on port " + port + " is ready", PATIENCE, () -> {
                if (!isAlive()) {
                    throw new AssertionError("the node on port " + port + " ended:\n" + log());
                }
                return answersOk(http, request);
            });
        }
        return this;
    }

    private static boolean answersOk(HttpClient http, HttpRequest request) throws InterruptedException {
        try {
            int status =
                    http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            return status / 100 == 2;
        } catch (IOException e) {
            return false; // not listening yet
        }
    }

    /** The end without warning: SIGKILL. */
    public ServerProcess kill() {
        end(running().destroyForcibly());
        return this;
    }

    /** Sends SIGKILL and does not wait, so that several nodes end at the same time. */
    public ServerProcess killSoon() {
        running().destroyForcibly();
        return this;
    }

    /** The orderly end: SIGTERM. Returns the exit code. */
    public int stop() {
        Process ending = running();
        terminate();
        return end(ending);
    }

    /** Sends SIGTERM and does not wait. */
    public void terminate() {
        // destroy() would also close our ends of the pipes; there are none, but the signal is all that is meant.
        running().toHandle().destroy();
    }

    /** Waits for the end that something else brings about. Returns the exit code. */
    public int awaitEnd() {
        return end(running());
    }

    /** Stops the node in its tracks, sockets open: SIGSTOP. */
    public ServerProcess freeze() {
        signal("STOP");
        return this;
    }

    /** Lets a frozen node go on. */
    public ServerProcess thaw() {
        signal("CONT");
        return this;
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
            if (kill.waitFor() != 0) {
                throw new AssertionError("no signal " + name + " to the node on port " + port);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the node wrote since its last start: its log. */
    public String output() {
        return read(output(starts));
    }

    /** What the JVM, or a library, wrote to standard error since the last start. */
    public String errors() {
        return read(errors(starts));
    }

    /** All that the node wrote in all of its starts, for the report of a failed test. */
    public String log() {
        StringBuilder log = new StringBuilder();
        for (int i = 1; i <= starts; i++) {
            log.append("--- node on port ")
                    .append(port)
                    .append(", start ")
                    .append(i)
                    .append('\n');
            log.append(read(output(i))).append(read(errors(i)));
        }
        return log.toString();
    }

    /** The lines of all starts that tell of trouble. */
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (int i = 1; i <= starts; i++) {
            read(output(i))
                    .lines()
                    .filter(line -> line.matches("\\S+ (WARN|ERROR) .*|\\s+at .*"))
                    .forEach(troubles::add);
            read(errors(i)).lines().forEach(troubles::add);
        }
        return troubles;
    }

    /** Ends the process if it runs, frozen or not. */
    public void close() {
        if (isAlive()) {
            end(running().destroyForcibly());
        }
    }

    private int end(Process ending) {
        try {
            if (!ending.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the node on port " + port + " does not end:\n" + log());
            }
            return ending.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException("the node on port " + port + " was not started");
        }
        return process;
    }

    private Path output(int start) {
        return folder.resolve("output-" + start + ".log");
    }

    private Path errors(int start) {
        return folder.resolve("errors-" + start + ".log");
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
