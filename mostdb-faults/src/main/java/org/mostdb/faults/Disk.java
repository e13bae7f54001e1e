package org.mostdb.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** A small file system in memory, of one node alone, that can be filled and made read-only. Linux, and root, only. */
final class Disk implements AutoCloseable {

    private static final int MIB = 1 << 20;

    private final Path folder;
    private final Path ballast;

    private Disk(Path folder) {
        this.folder = folder;
        this.ballast = folder.resolve("ballast");
    }

    /** Empty where file systems can't be mounted. */
    static Optional<Disk> mount(Path folder, int sizeMib) throws IOException {
        Files.createDirectories(folder);
        boolean mounted =
                Commands.succeeds("mount", "-t", "tmpfs", "-o", "size=" + sizeMib + "m", "tmpfs", folder.toString());
        return mounted ? Optional.of(new Disk(folder)) : Optional.empty();
    }

    Path dataFolder() {
        return folder.resolve("data");
    }

    /** Fills it but for so much. */
    void fill(long leaveMib) throws IOException {
        byte[] piece = new byte[MIB];
        while (Files.getFileStore(folder).getUsableSpace() > (leaveMib + 1) * MIB) {
            Files.write(ballast, piece, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    /** Takes away what filled it. */
    void free() throws IOException {
        Files.deleteIfExists(ballast);
    }

    /** No file on it can be changed; only while no file is open. */
    void readOnly(boolean readOnly) {
        Commands.expect("mount", "-o", "remount," + (readOnly ? "ro" : "rw"), folder.toString());
    }

    @Override
    public void close() {
        Commands.expect("umount", "--lazy", folder.toString());
    }
}
