package org.mostdb.server;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Scan;

/** A node's {@link Backup} in the {@link BackupFormat}, piece by piece, so that it needs the memory of one. */
final class BackupStream implements AutoCloseable {

    /** Names of the server's own in an origin; a policy's are behind {@link #OF_POLICY}. */
    static final String POLICY = "policy";

    static final String BEGUN = "begun";
    static final String OF_POLICY = "policy.";

    private enum State {
        BEFORE,
        INSIDE,
        OVER
    }

    private final Backup backup;
    private final byte[] origin;
    private final CRC32C total = new CRC32C();
    private State state = State.BEFORE;
    private long cells;
    private long bytes;

    BackupStream(Backup backup, String policyName, Instant begun) {
        this.backup = backup;
        Map<String, String> lines = new TreeMap<>();
        backup.origin().forEach((name, value) -> lines.put(OF_POLICY + name, value));
        lines.put(POLICY, policyName);
        lines.put(BEGUN, begun.toString());
        origin = BackupFormat.encodeOrigin(lines);
    }

    long cells() {
        return cells;
    }

    long bytes() {
        return bytes;
    }

    /** The next bytes; empty after the last. */
    byte[] next() {
        byte[] piece = switch (state) {
            case BEFORE -> {
                state = State.INSIDE;
                byte[] begin = BackupFormat.begin();
                byte[] frame = BackupFormat.frame(BackupFormat.ORIGIN, origin, origin.length);
                yield ByteBuffer.allocate(begin.length + frame.length)
                        .put(begin)
                        .put(frame)
                        .array();
            }
            case INSIDE -> blockOrEnd();
            case OVER -> new byte[0];
        };
        total.update(piece);
        bytes += piece.length;
        return piece;
    }

    private byte[] blockOrEnd() {
        ByteArrayOutputStream payload = new ByteArrayOutputStream(BackupFormat.BLOCK_BYTES + 1024);
        try {
            DataOutputStream out = new DataOutputStream(payload);
            Scan scan = backup.cells();
            while (payload.size() < BackupFormat.BLOCK_BYTES && scan.next()) {
                put(out, scan.key());
                put(out, scan.value());
                cells++;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (payload.size() > 0) {
            return BackupFormat.frame(BackupFormat.BLOCK, payload.toByteArray(), payload.size());
        }
        state = State.OVER;
        byte[] end = ByteBuffer.allocate(BackupFormat.END_BYTES)
                .putLong(cells)
                .putInt((int) total.getValue())
                .array();
        return BackupFormat.frame(BackupFormat.END, end, end.length);
    }

    private static void put(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public void close() {
        backup.close();
    }
}
