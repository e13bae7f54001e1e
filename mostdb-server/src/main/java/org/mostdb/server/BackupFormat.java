package org.mostdb.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The format of a backup, as a file and on the way to it. Numbers are big-endian.
 *
 * <pre>
 * backup := "mostdbBK" version(4) origin block* end
 * frame  := kind(1) length(4) crc-of-kind-and-length(4) payload(length) crc-of-payload(4)
 * origin := a frame of kind 'o': lines of name=value in UTF-8
 * block  := a frame of kind 'b': (key-length(4) key cell-length(4) cell)*, the keys ascending over all blocks
 * end    := a frame of kind 'e': number of cells(8), CRC32C of all bytes before this frame(4); nothing follows
 * </pre>
 *
 * The checksums are CRC32C. Each block can be trusted before the next one is read, and without its end a backup is
 * none.
 */
final class BackupFormat {

    static final int VERSION = 1;
    static final byte ORIGIN = 'o';
    static final byte BLOCK = 'b';
    static final byte END = 'e';
    static final int HEAD_BYTES = 1 + Integer.BYTES + Integer.BYTES;
    static final int END_BYTES = Long.BYTES + Integer.BYTES;

    /** A block is closed by the cell with which it reaches this. */
    static final int BLOCK_BYTES = 128 * 1024;

    private static final byte[] MAGIC = "mostdbBK".getBytes(StandardCharsets.US_ASCII);

    /** How long the part before the first frame is. */
    static final int BEGIN_BYTES = MAGIC.length + Integer.BYTES;

    private BackupFormat() {}

    /** What stands before the first frame. */
    static byte[] begin() {
        return ByteBuffer.allocate(BEGIN_BYTES).put(MAGIC).putInt(VERSION).array();
    }

    static boolean isMagic(byte[] begin) {
        return begin.length >= MAGIC.length
                && ByteBuffer.wrap(begin, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
    }

    static byte[] frame(byte kind, byte[] payload, int length) {
        ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + length + Integer.BYTES);
        frame.put(kind).putInt(length);
        frame.putInt(crc(frame.array(), 0, 1 + Integer.BYTES));
        frame.put(payload, 0, length).putInt(crc(payload, 0, length));
        return frame.array();
    }

    static int crc(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    static byte[] encodeOrigin(Map<String, String> origin) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(origin).forEach((name, value) -> {
            String line = name + "=" + value;
            if (name.contains("=") || line.contains("\n")) {
                throw new IllegalArgumentException("the origin of a backup has a line that cannot be read: " + line);
            }
            text.append(line).append('\n');
        });
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    static Map<String, String> decodeOrigin(byte[] payload) {
        Map<String, String> origin = new TreeMap<>();
        new String(payload, StandardCharsets.UTF_8).lines().forEach(line -> {
            int at = line.indexOf('=');
            if (at > 0) {
                origin.put(line.substring(0, at), line.substring(at + 1));
            }
        });
        return origin;
    }
}
