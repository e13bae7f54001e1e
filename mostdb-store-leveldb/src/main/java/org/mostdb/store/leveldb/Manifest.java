package org.mostdb.store.leveldb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What the MANIFEST of a store tells: a log of edits, each a list of tagged fields, of which only some are of interest
 * here. It is empty, as that of a new store, if it cannot be understood: the library says better what is wrong with it.
 * What stands behind a damaged place is not read.
 */
final class Manifest {

    private static final System.Logger LOG = System.getLogger(Manifest.class.getName());

    private static final Pattern NAME = Pattern.compile("MANIFEST-\\d+");

    private static final int COMPARATOR = 1;
    private static final int LOG_NUMBER = 2;
    private static final int NEXT_FILE = 3;
    private static final int LAST_SEQUENCE = 4;
    private static final int COMPACT_POINTER = 5;
    private static final int DELETED_FILE = 6;
    private static final int NEW_FILE = 7;
    private static final int PREVIOUS_LOG_NUMBER = 9;

    private final Map<Long, Long> tables = new TreeMap<>();
    private long firstLog;
    private long lastSequence = Long.MAX_VALUE;
    private boolean torn;

    private Manifest() {}

    /** Reads that of a store. */
    static Manifest of(Path directory) throws IOException {
        String name = Files.readString(directory.resolve("CURRENT"), ISO_8859_1).strip();
        if (!NAME.matcher(name).matches() || !Files.exists(directory.resolve(name))) {
            return new Manifest();
        }
        Path file = directory.resolve(name);
        Manifest manifest = new Manifest();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            manifest.read(new LogFragments(channel));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, file + " cannot be understood", e);
            return new Manifest();
        }
        return manifest;
    }

    /** The recorded size of each live table, by its number. */
    Map<Long, Long> tables() {
        return tables;
    }

    /** The number of the oldest log that is not wholly in tables. */
    long firstLog() {
        return firstLog;
    }

    /** The number of a write that was made when this was written; none before it is missing in tables and logs. */
    long lastSequence() {
        return lastSequence;
    }

    /** Whether it ends inside an edit, or goes on with what is none. */
    boolean isTorn() {
        return torn;
    }

    private void read(LogFragments fragments) throws IOException {
        ByteArrayOutputStream edit = new ByteArrayOutputStream();
        long at = 0;
        while (at < fragments.size() && fragments.isFragment(at)) {
            int type = fragments.type(at);
            edit.writeBytes(fragments.payload(at));
            if (type == LogFragments.FULL || type == LogFragments.LAST) {
                apply(ByteBuffer.wrap(edit.toByteArray()));
                edit.reset();
            }
            at = LogFragments.behindFilling(fragments.end(at));
        }
        torn = edit.size() > 0 || (at < fragments.size() && !fragments.onlyZerosFrom(at));
    }

    /** In an edit the deleted files come before the new ones, so a table that only changes its level stays. */
    private void apply(ByteBuffer edit) {
        while (edit.hasRemaining()) {
            long tag = number(edit);
            switch ((int) tag) {
                case COMPARATOR -> skipBytes(edit);
                case LOG_NUMBER -> firstLog = number(edit);
                case LAST_SEQUENCE -> lastSequence = number(edit);
                case NEXT_FILE, PREVIOUS_LOG_NUMBER -> number(edit);
                case COMPACT_POINTER -> {
                    number(edit); // the level, as below
                    skipBytes(edit);
                }
                case DELETED_FILE -> {
                    number(edit);
                    tables.remove(number(edit));
                }
                case NEW_FILE -> {
                    number(edit);
                    tables.put(number(edit), number(edit));
                    skipBytes(edit); // its smallest and its largest key
                    skipBytes(edit);
                }
                default -> throw new IllegalArgumentException("a field with the unknown tag " + tag);
            }
        }
    }

    private static void skipBytes(ByteBuffer edit) {
        long length = number(edit);
        if (length < 0 || length > edit.remaining()) {
            throw new BufferUnderflowException();
        }
        edit.position(edit.position() + (int) length);
    }

    /** Seven bits a byte, the lowest first; the high bit says that another byte follows. */
    private static long number(ByteBuffer edit) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = edit.get();
            number |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits");
    }
}
