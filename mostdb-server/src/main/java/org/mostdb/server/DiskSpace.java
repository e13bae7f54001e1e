package org.mostdb.server;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.mostdb.api.spi.Metrics;
import org.mostdb.api.spi.Room;

/**
 * Looks at the free space of the disk that the data is on, before it is too late: a LevelDB whose disk is full fails in
 * the middle of a write, and the native one, which writes through memory, takes the process with it. So the last part
 * of the disk is a reserve that is given up in steps. What an engine writes by itself, such as compactions, must fit
 * into what is left at the last one.
 *
 * <p>A quota that the file system does not count as free space is not seen.
 */
final class DiskSpace implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(DiskSpace.class.getName());

    private static final long INTERVAL_MILLIS = 100;
    private static final long MIB = 1 << 20;

    /** Tells the free space in bytes. */
    @FunctionalInterface
    interface Gauge {
        long freeBytes() throws IOException;
    }

    private final Path folder;
    private final long reserveBytes;
    private final Gauge gauge;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long freeBytes;
    private volatile Room room = Room.AMPLE;

    DiskSpace(Path folder, long reserveBytes, Gauge gauge) {
        this.folder = folder;
        this.reserveBytes = reserveBytes;
        this.gauge = gauge;
    }

    /** Looks once, then ever again. */
    static DiskSpace watch(Path folder, long reserveBytes) {
        DiskSpace space = new DiskSpace(folder, reserveBytes, () -> {
            FileStore store = Files.getFileStore(folder);
            return store.getUsableSpace();
        });
        space.look();
        Thread.ofPlatform().name("mostdb-disk").daemon().start(space::lookUntilClosed);
        return space;
    }

    private void lookUntilClosed() {
        try {
            while (!closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Without room a store does not even open without harm: LevelDB writes new files then.
     *
     * @throws StartRefusedException with one sentence, if there is none
     */
    void requireRoomToOpen() {
        if (room == Room.NONE) {
            throw new StartRefusedException("The disk of " + folder + " has " + freeBytes / MIB
                    + " MiB free, and a start needs more than " + threshold(Room.SCARCE) / MIB
                    + ": make space, or lower MOSTDB_DISK_RESERVE_MIB=" + reserveBytes / MIB + ".");
        }
    }

    Room room() {
        return room;
    }

    void register(Metrics metrics) {
        metrics.gauge("mostdb_disk_free_bytes", "Free space of the disk that the data is on", "", () -> freeBytes);
        metrics.gauge(
                "mostdb_disk_room",
                "What the disk takes: 3 everything, 2 no new values, 1 deletes only, 0 nothing",
                "",
                this::levelsLeft);
    }

    private int levelsLeft() {
        return switch (room) {
            case AMPLE -> 3;
            case LOW -> 2;
            case SCARCE -> 1;
            case NONE -> 0;
        };
    }

    /** The space from which on there is that much room. */
    private long threshold(Room level) {
        return switch (level) {
            case AMPLE -> reserveBytes;
            case LOW -> reserveBytes / 4 * 3;
            case SCARCE -> reserveBytes / 2;
            case NONE -> 0;
        };
    }

    /** A level is left as soon as its threshold is passed, and is come back to only an eighth of the reserve above. */
    void look() {
        try {
            freeBytes = gauge.freeBytes();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the free space of " + folder + " can't be told", e);
            return;
        }
        Room now = Room.NONE;
        for (Room level : Room.values()) {
            long slack = room.allows(level) ? 0 : reserveBytes / 8;
            if (freeBytes >= threshold(level) + slack) {
                now = level;
                break;
            }
        }
        if (now != room) {
            tell(now);
            room = now;
        }
    }

    private void tell(Room now) {
        String free = "the disk of " + folder + " has " + freeBytes / MIB + " MiB free";
        String reserve = " (MOSTDB_DISK_RESERVE_MIB=" + reserveBytes / MIB + ")";
        switch (now) {
            case AMPLE -> LOG.log(System.Logger.Level.INFO, free + ": this node takes new values again");
            case LOW ->
                LOG.log(System.Logger.Level.WARNING, free + ": no new values are taken until there is more" + reserve);
            case SCARCE ->
                LOG.log(System.Logger.Level.WARNING, free + ": only deletes are taken until there is more" + reserve);
            case NONE ->
                LOG.log(System.Logger.Level.ERROR, free + ": nothing is written until there is more" + reserve);
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
