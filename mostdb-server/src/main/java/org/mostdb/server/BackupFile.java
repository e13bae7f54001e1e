package org.mostdb.server;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that gets its name once it is whole and on the disk: until then it is called {@code .partial}. What was not
 * committed is deleted.
 */
final class BackupFile implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;

    private final Path target;
    private final Path partial;
    private final FileChannel channel;
    private final OutputStream out;
    private boolean committed;

    private BackupFile(Path target, Path partial, FileChannel channel) {
        this.target = target;
        this.partial = partial;
        this.channel = channel;
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    /** @throws StartRefusedException with one sentence, if there is such a file or there cannot be one */
    static BackupFile create(Path target) {
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        try {
            if (Files.exists(target)) {
                throw new StartRefusedException(target + " exists: name a new file with --to, or move it away.");
            }
            FileChannel channel = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                throw new StartRefusedException(
                        partial + " is being written by another process: name another file with --to.");
            }
            channel.truncate(0);
            return new BackupFile(target, partial, channel);
        } catch (IOException e) {
            throw new StartRefusedException(
                    "The backup " + target + " can't be written (" + IoProblem.words(e) + "): name another file with"
                            + " --to.",
                    e);
        }
    }

    OutputStream out() {
        return out;
    }

    /** All is written. */
    void commit() throws IOException {
        out.flush();
        channel.force(true);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        committed = true;
        StoreDirectory.force(target.toAbsolutePath().resolveSibling(""));
    }

    @Override
    public void close() throws IOException {
        if (!committed) {
            Files.deleteIfExists(partial);
        }
        channel.close();
    }
}
