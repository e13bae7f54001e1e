package org.mostdb.quorum;

import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.StorageException;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.quorum.Operation.Outcome.Found;

/**
 * Reads of a node that is a majority by itself, by the thread that asks: its store has the answer, and to hand a read
 * over to the core's thread and back takes longer than the read.
 *
 * <p>Only durable cells are answered, as by the {@link Replica}. A batch is named here before the engine gets it, and
 * until it is durable. So a cell that was read before it was durable is found in the batch that is named afterwards.
 *
 * <p>A read holds the carrier of a virtual thread, for as long as the disk takes where the cell is in no cache. There
 * are as many seats as carriers, and where other threads then wait for long, {@link SpareCarrier} lends another one. So
 * a read that finds no seat goes through the core, as does any that has no clear answer here.
 *
 * <p>For any thread.
 */
final class LoneReads {

    private final CellStore store;
    private final Semaphore seats;
    private volatile boolean isAlone;
    private volatile @Nullable WriteJob underWay;

    /** @param seats how many reads there are at a time, at most */
    LoneReads(CellStore store, int seats) {
        this.store = store;
        this.seats = new Semaphore(seats);
    }

    /** Whether this node may answer reads without asking others. */
    void setAlone(boolean alone) {
        isAlone = alone;
    }

    /** The engine gets a batch now. */
    void writing(WriteJob job) {
        underWay = job;
    }

    /** The batch is durable. */
    void written() {
        underWay = null;
    }

    /** The durable cell of a key, or null if the core is to be asked. */
    @Nullable
    Found read(Bytes key) {
        if (!isAlone || !seats.tryAcquire()) {
            return null;
        }
        try {
            Cell cell = store.read(key);
            return cell != null && isUnderWay(key, cell) ? null : new Found(Optional.ofNullable(cell));
        } catch (StorageException | IllegalStateException e) {
            // The store has failed, or is closed: the core finds out itself, and answers what there is to answer then.
            return null;
        } finally {
            seats.release();
        }
    }

    private boolean isUnderWay(Bytes key, Cell cell) {
        WriteJob job = underWay;
        return job != null && job.holds(key, cell);
    }
}
