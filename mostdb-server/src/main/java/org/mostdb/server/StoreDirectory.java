package org.mostdb.server;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one node's data, held by one process: {@code mostdb.properties} says what is in it, {@code lock} is
 * locked while a node runs, {@code store/} belongs to the engine, {@code store-set-aside-<UTC time>/} to nobody: it is
 * kept for an operator to look at, or to delete; {@code store-failed} says that {@code store/} is not to be trusted.
 * {@link StoreReplacement} has two more.
 *
 * <p>The marker is durable before the engine first opens, so a folder never holds data of which nobody knows whose it
 * is. The lock is the first file, taken before anything is read or written.
 */
final class StoreDirectory implements AutoCloseable {

    private static final int LAYOUT = 2;
    static final String MARKER = "mostdb.properties";
    private static final String NEW_MARKER = "mostdb.properties.new";
    private static final String LOCK = "lock";
    static final String STORE = "store";
    static final String FAILED = "store-failed";
    private static final String PROBE = "probe";
    private static final int PROBE_BYTES = 4096;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);
    private static final Set<String> EXPECTED_WITHOUT_MARKER = Set.of(LOCK, NEW_MARKER, "lost+found");

    private final Path root;
    private final FileChannel lockChannel;
    private boolean setsAside;
    private Optional<Path> setAside = Optional.empty();

    private StoreDirectory(Path root, FileChannel lockChannel) {
        this.root = root;
        this.lockChannel = lockChannel;
    }

    /**
     * Takes the folder for this process.
     *
     * @param root exists and can be written
     * @param format of the chosen engine's files
     * @param policy the name of the chosen policy
     * @param enginesByFormat what would open a folder of another format, for the refusal
     * @throws StartRefusedException with one sentence, if another process holds it, or another engine or policy or a
     *     newer version wrote it, or it is some other folder
     */
    static StoreDirectory open(Path root, String format, String policy, EnginesByFormat enginesByFormat) {
        try {
            refuseForeign(root);
            FileChannel channel =
                    FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                lock(root, channel);
                if (Files.exists(root.resolve(MARKER))) {
                    checkMarker(root, format, policy, enginesByFormat);
                } else {
                    writeMarker(root, format, policy);
                }
                StoreReplacement.finish(root);
                Files.createDirectories(root.resolve(STORE));
                return new StoreDirectory(root, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The data folder " + root + " can't be used (" + IoProblem.words(e)
                            + "): it must be a folder that this user can write to.",
                    e);
        }
    }

    /** Names the engines on the class path that open files of a format. */
    interface EnginesByFormat {
        List<String> names(String format);
    }

    /** The engine's own folder. */
    Path engineDirectory() {
        return root.resolve(STORE);
    }

    /** When this folder is given free, the engine's own one gets another name, and the next start makes a new one. */
    void setAsideOnClose() {
        setsAside = true;
    }

    /**
     * Remembers beyond this process that the store cannot be trusted any more.
     *
     * @throws IOException if that is not on the disk
     */
    void markFailed(String reason) throws IOException {
        write(root.resolve(FAILED), (reason + "\n").getBytes(StandardCharsets.UTF_8));
        force(root);
    }

    /** Why the store cannot be trusted, if that was remembered. */
    Optional<String> failure() {
        Path mark = root.resolve(FAILED);
        try {
            return Files.exists(mark) ? Optional.of(Files.readString(mark).strip()) : Optional.empty();
        } catch (IOException e) {
            return Optional.of("the file " + mark + " can't be read");
        }
    }

    /** The file that remembers it. */
    Path failureFile() {
        return root.resolve(FAILED);
    }

    /** Whether something can be written to the disk, and is there. */
    boolean isWritable() {
        Path probe = root.resolve(PROBE);
        byte[] content = new byte[PROBE_BYTES];
        Arrays.fill(content, (byte) 'p');
        try {
            write(probe, content);
            boolean same = Arrays.equals(content, Files.readAllBytes(probe));
            Files.delete(probe);
            force(root);
            return same;
        } catch (IOException e) {
            System.getLogger(StoreDirectory.class.getName())
                    .log(System.Logger.Level.DEBUG, "the disk of " + root + " does not work yet", e);
            return false;
        }
    }

    /**
     * Sets the engine's folder aside, before the engine was opened, and makes a new one. The mark goes last: after a
     * crash in between, the empty new folder is set aside as well.
     */
    Path setAsideNow() throws IOException {
        Path aside = setAside(root);
        Files.createDirectories(root.resolve(STORE));
        return aside;
    }

    /** Where the engine's folder was set aside. */
    Optional<Path> setAside() {
        return setAside;
    }

    /** Gives the folder free for another process. */
    @Override
    public void close() {
        try {
            if (setsAside && setAside.isEmpty()) {
                setAside = Optional.of(setAside(root));
            }
        } catch (IOException e) {
            System.getLogger(StoreDirectory.class.getName())
                    .log(System.Logger.Level.ERROR, "The store in " + root + " could not be set aside", e);
        }
        try {
            lockChannel.close();
        } catch (IOException e) {
            System.getLogger(StoreDirectory.class.getName())
                    .log(System.Logger.Level.WARNING, "The lock of " + root + " could not be closed", e);
        }
    }

    /** Gives the engine's folder another name, and returns that. */
    static Path setAside(Path root) throws IOException {
        Path aside = root.resolve(STORE + "-set-aside-" + TIME.format(Instant.now()));
        Files.move(root.resolve(STORE), aside, StandardCopyOption.ATOMIC_MOVE);
        force(root);
        Files.deleteIfExists(root.resolve(FAILED));
        force(root);
        return aside;
    }

    private static void refuseForeign(Path root) throws IOException {
        if (Files.exists(root.resolve(MARKER))) {
            return;
        }
        try (Stream<Path> files = Files.list(root)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> !EXPECTED_WITHOUT_MARKER.contains(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw new StartRefusedException("The folder " + root + " is not a data folder of mostdb and is"
                                + " not empty (it holds " + name + "): set MOSTDB_STORE_ROOT to an empty folder.");
                    });
        }
    }

    // The lock lives as long as its channel, so nobody needs to hold the object.
    private static void lock(Path root, FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new StartRefusedException("The data folder " + root + " is in use by another node: "
                    + "stop that one, or set MOSTDB_STORE_ROOT to another folder.");
        }
    }

    private static void checkMarker(Path root, String format, String policy, EnginesByFormat enginesByFormat)
            throws IOException {
        Properties marker = new Properties();
        try {
            marker.load(new StringReader(Files.readString(root.resolve(MARKER))));
        } catch (IllegalArgumentException e) {
            throw unreadable(root, e);
        }
        int layout = Setting.wholeNumber(marker.getProperty("layout", ""))
                .orElseThrow(() -> unreadable(root, null))
                .intValue();
        if (layout != LAYOUT) {
            throw new StartRefusedException("The data folder " + root + " has layout " + layout + ", and this version"
                    + " of mostdb knows layout " + LAYOUT + ": start the version that wrote it.");
        }
        String writtenFormat = marker.getProperty("format", "");
        if (!writtenFormat.equals(format)) {
            List<String> engines = enginesByFormat.names(writtenFormat);
            throw new StartRefusedException("The data folder " + root + " holds files of the format " + writtenFormat
                    + ", which the chosen engine does not open: "
                    + (engines.isEmpty()
                            ? "put an engine of that format on the class path"
                            : "set MOSTDB_STORE_ENGINE=" + String.join(" or ", engines))
                    + ", or set MOSTDB_STORE_ROOT to another folder.");
        }
        String writtenPolicy = marker.getProperty("policy", "");
        if (!writtenPolicy.equals(policy)) {
            throw new StartRefusedException("The data folder " + root + " was written by the policy " + writtenPolicy
                    + ": set MOSTDB_REPLICATION_POLICY=" + writtenPolicy
                    + ", or set MOSTDB_STORE_ROOT to another folder.");
        }
    }

    private static StartRefusedException unreadable(Path root, @Nullable Throwable cause) {
        return new StartRefusedException(
                "The file " + root.resolve(MARKER) + " is damaged: bring it back from a copy, or set"
                        + " MOSTDB_STORE_ROOT to another folder.",
                cause);
    }

    private static void writeMarker(Path root, String format, String policy) throws IOException {
        String text = "layout=" + LAYOUT + "\nformat=" + format + "\npolicy=" + policy + "\n";
        Path fresh = root.resolve(NEW_MARKER);
        write(fresh, text.getBytes(StandardCharsets.UTF_8));
        Files.move(fresh, root.resolve(MARKER), StandardCopyOption.ATOMIC_MOVE);
        force(root);
    }

    /** Writes a file, and brings it to the disk. */
    private static void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** Makes a file, or which files are in a folder, survive a power loss. */
    static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
