package org.mostdb.store.leveldb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.EngineStats;

/** What the adapter does with the files of a store itself. */
final class LevelDbFiles {

    private static final Pattern OURS =
            Pattern.compile("CURRENT|LOCK|LOG|LOG\\.old|MANIFEST-\\d+|\\d+\\.(log|sst|ldb|dbtmp)|journal-[01]");
    private static final Pattern HOLDS_KEYS = Pattern.compile("\\d+\\.(log|sst|ldb)|journal-[01]");

    /** Of the number in a file's name, at least. */
    private static final int NUMBER_DIGITS = 6;

    private LevelDbFiles() {}

    /**
     * Refuses a directory that holds anything but a LevelDB. One without CURRENT and without a table or a log is new:
     * the process that made it ended before it wrote anything.
     */
    static void refuseForeign(Path directory) {
        boolean current = false;
        String orphan = "";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!OURS.matcher(name).matches()) {
                    throw new StorageException(
                            "the directory " + directory + " holds " + name
                                    + ", which is no file of a LevelDB; choose an empty directory, or the engine that wrote it");
                }
                current |= name.equals("CURRENT");
                if (HOLDS_KEYS.matcher(name).matches()) {
                    orphan = name;
                }
            }
        } catch (IOException e) {
            throw new StorageException("the store directory " + directory + " cannot be listed: " + e.getMessage(), e);
        }
        if (!current && !orphan.isEmpty()) {
            throw new CorruptStoreException("the store in " + directory + " is corrupt: it holds " + orphan
                    + " but not the file CURRENT; restore it from a copy, or empty the directory");
        }
    }

    /**
     * Checks the logs of a store and the tables, mends the end of the newest log, and the tables for the native
     * library. Under LevelDB's own lock, since nobody may do so while the store is open elsewhere.
     */
    static void checkAndMend(Path directory, LevelDbProvider provider) throws IOException {
        if (!Files.exists(directory.resolve("CURRENT"))) {
            return;
        }
        try (FileChannel lock = FileChannel.open(
                        directory.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = lock.tryLock()) {
            if (held == null) {
                throw inUse(directory);
            }
            Manifest manifest = Manifest.of(directory);
            checkLogs(directory, manifest);
            if (provider.kind() == LevelDbKind.NATIVE) {
                ShortTables.mend(directory, manifest);
            } else if (manifest.isTorn()) {
                // The native one refuses it itself, and the pure Java one takes what comes before for all.
                throw new CorruptStoreException("the store in " + directory
                        + " is corrupt: its MANIFEST ends in the middle; restore the directory from a copy");
            }
            for (long number : manifest.tables().keySet()) {
                provider.checkTable(table(directory, number));
            }
        }
    }

    private static Path table(Path directory, long number) {
        for (String suffix : List.of("sst", "ldb")) {
            Path file = directory.resolve(name(number, suffix));
            if (Files.exists(file)) {
                return file;
            }
        }
        throw new CorruptStoreException("the store in " + directory + " is corrupt: its table " + number
                + " is missing; restore the directory from a copy");
    }

    /**
     * As LevelDB names its files. Without a formatter, which takes longer than all else that a start does with a file.
     */
    static String name(long number, String suffix) {
        String digits = Long.toString(number);
        return "0".repeat(Math.max(0, NUMBER_DIGITS - digits.length())) + digits + '.' + suffix;
    }

    private static void checkLogs(Path directory, Manifest manifest) throws IOException {
        List<Path> logs = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.log")) {
            files.forEach(logs::add);
        }
        logs.sort(Comparator.comparingLong(LevelDbFiles::number).reversed());
        boolean newest = true;
        for (Path log : logs) {
            LevelDbLog.check(log, newest);
            newest &= Files.size(log) == 0;
        }
        for (Path log : logs.reversed()) {
            if (number(log) >= manifest.firstLog() && Files.size(log) > 0) {
                LevelDbLog.requireNoGap(log, manifest.lastSequence());
                return;
            }
        }
    }

    private static long number(Path log) {
        String name = log.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    static StorageException inUse(Path directory) {
        return new StorageException(
                "the store in " + directory + " is in use by another process; stop it, or choose another directory");
    }

    /**
     * Brings every log to the disk. LevelDB's own sync reaches the log of that write only, and not an older one whose
     * table is still being written.
     */
    static void forceLogs(Path directory) throws IOException {
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(directory, "*.log")) {
            for (Path log : logs) {
                try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                    channel.force(false);
                } catch (NoSuchFileException e) {
                    // Deleted meanwhile, because all of it is in a table, which was synced before.
                }
            }
        }
    }

    /** Brings the names of new files to the disk; Windows does so by itself, and has no way to ask for it. */
    static void forceDirectory(Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    static EngineStats stats(Path directory, OptionalLong tablesToCompact) throws IOException {
        long bytes = 0;
        long logBytes = 0;
        long tables = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                long size = sizeOf(file);
                bytes += size;
                if (name.endsWith(".log")) {
                    logBytes += size;
                } else if (name.endsWith(".sst") || name.endsWith(".ldb")) {
                    tables++;
                }
            }
        }
        Map<String, Long> figures = new HashMap<>(Map.of("log-bytes", logBytes, "table-files", tables));
        tablesToCompact.ifPresent(number -> figures.put("level0-files", number));
        return new EngineStats(bytes, figures);
    }

    /** The size of a file, or 0 if there is none. */
    static long sizeOf(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0; // a compaction has just removed it
        }
    }
}
