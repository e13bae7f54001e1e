package org.mostdb.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Scan;

/**
 * Reads a backup and verifies it on the way: a cell is handed out once its block is proven, and the end of the walk is
 * reported only if the whole is.
 */
final class BackupReader implements Scan {

    private static final int MAX_FRAME_BYTES = 1 << 30;

    private final String name;
    private final InputStream in;
    private final Consumer<BackupReader> onBlock;
    private final CRC32C total = new CRC32C();
    private final Map<String, String> origin;
    private long cells;
    private long bytes;
    private ByteBuffer block = ByteBuffer.allocate(0);
    private byte @Nullable [] key;
    private byte[] value = new byte[0];
    private byte[] previous = new byte[0];
    private boolean over;

    /**
     * Reads the beginning.
     *
     * @param name for sentences
     * @param in is closed with this, and if the beginning is none
     * @param onBlock called after each block
     * @throws StorageException with one sentence, here and in {@link #next}, if this is no whole backup
     */
    static BackupReader open(String name, InputStream in, Consumer<BackupReader> onBlock) throws IOException {
        try {
            return new BackupReader(name, in, onBlock);
        } catch (StorageException e) {
            in.close();
            throw e;
        }
    }

    private BackupReader(String name, InputStream in, Consumer<BackupReader> onBlock) {
        this.name = name;
        this.in = in;
        this.onBlock = onBlock;
        byte[] begin = read(BackupFormat.BEGIN_BYTES, true);
        if (!BackupFormat.isMagic(begin)) {
            throw new StorageException(name + " is no backup of mostdb: name a file that ./mostdb backup has made");
        }
        if (begin.length < BackupFormat.BEGIN_BYTES) {
            throw breaksOff();
        }
        int version = ByteBuffer.wrap(begin).getInt(begin.length - Integer.BYTES);
        if (version != BackupFormat.VERSION) {
            throw new StorageException(name + " is a backup of format version " + version
                    + ", and this version of mostdb reads version " + BackupFormat.VERSION
                    + ": use the version of mostdb that made it");
        }
        Frame frame = frame();
        if (frame.kind() != BackupFormat.ORIGIN) {
            throw damaged("it does not begin with its origin");
        }
        origin = BackupFormat.decodeOrigin(frame.payload().array());
    }

    private record Frame(byte kind, ByteBuffer payload, int totalBefore) {}

    /** The name of the policy that made it. */
    String policy() {
        return origin.getOrDefault(BackupStream.POLICY, "");
    }

    /** When it was begun, in UTC. */
    String begun() {
        return origin.getOrDefault(BackupStream.BEGUN, "");
    }

    /** What the policy wanted to know of it later. */
    Map<String, String> originOfPolicy() {
        Map<String, String> ofPolicy = new TreeMap<>();
        origin.forEach((line, text) -> {
            if (line.startsWith(BackupStream.OF_POLICY)) {
                ofPolicy.put(line.substring(BackupStream.OF_POLICY.length()), text);
            }
        });
        return ofPolicy;
    }

    /** How many cells were read so far. */
    long cells() {
        return cells;
    }

    /** How many bytes of the backup were read so far. */
    long bytes() {
        return bytes;
    }

    @Override
    public boolean next() {
        key = null;
        while (!over && !block.hasRemaining()) {
            Frame frame = frame();
            switch (frame.kind()) {
                case BackupFormat.BLOCK -> block = frame.payload();
                case BackupFormat.END -> end(frame);
                default -> throw damaged("a part of unknown kind");
            }
            onBlock.accept(this);
        }
        if (over) {
            return false;
        }
        byte[] next = part();
        value = part();
        if (cells > 0 && Arrays.compareUnsigned(previous, next) >= 0) {
            throw damaged("its keys are not in order");
        }
        previous = next;
        key = next;
        cells++;
        return true;
    }

    /** Verifies all that is left. */
    void readToEnd() {
        boolean more = true;
        while (more) {
            more = next();
        }
    }

    private byte[] part() {
        int length = block.remaining() < Integer.BYTES ? -1 : block.getInt();
        if (length < 0 || length > block.remaining()) {
            throw damaged("a cell does not fit its block");
        }
        byte[] part = new byte[length];
        block.get(part);
        return part;
    }

    private void end(Frame frame) {
        ByteBuffer end = frame.payload();
        if (end.remaining() != BackupFormat.END_BYTES
                || end.getLong() != cells
                || end.getInt() != frame.totalBefore()) {
            throw damaged("its parts are not those that were written");
        }
        if (read(1, true).length > 0) {
            throw damaged("something follows its end");
        }
        over = true;
    }

    private Frame frame() {
        int totalBefore = (int) total.getValue();
        byte[] head = read(BackupFormat.HEAD_BYTES, false);
        ByteBuffer fields = ByteBuffer.wrap(head);
        byte kind = fields.get();
        int length = fields.getInt();
        // Proven before so much memory is asked for.
        if (fields.getInt() != BackupFormat.crc(head, 0, head.length - Integer.BYTES)
                || length < 0
                || length > MAX_FRAME_BYTES) {
            throw damaged("wrong checksum");
        }
        byte[] payload = read(length, false);
        if (ByteBuffer.wrap(read(Integer.BYTES, false)).getInt() != BackupFormat.crc(payload, 0, length)) {
            throw damaged("wrong checksum");
        }
        return new Frame(kind, ByteBuffer.wrap(payload), totalBefore);
    }

    private byte[] read(int length, boolean mayEndEarly) {
        byte[] read;
        try {
            read = in.readNBytes(length);
        } catch (IOException e) {
            throw new StorageException(
                    name + " cannot be read to its end (" + IoProblem.words(e) + "), only " + Count.of(bytes, "byte")
                            + " of it",
                    e);
        }
        total.update(read);
        bytes += read.length;
        if (read.length < length && !mayEndEarly) {
            throw breaksOff();
        }
        return read;
    }

    private StorageException breaksOff() {
        return new StorageException(
                name + " is not whole, it breaks off behind byte " + bytes + ": take another backup");
    }

    private StorageException damaged(String how) {
        return new StorageException(name + " is damaged before byte " + bytes + " (" + how
                + "): take another copy of it, or another backup");
    }

    @Override
    public byte[] key() {
        byte[] present = key;
        if (present == null) {
            throw new IllegalStateException("the walk stands at no key");
        }
        return present;
    }

    @Override
    public byte[] value() {
        key();
        return value;
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new StorageException(name + " cannot be closed: " + IoProblem.words(e), e);
        }
    }
}
