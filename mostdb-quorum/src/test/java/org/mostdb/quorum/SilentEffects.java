package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.WriteJob;

/** What the core wants done is not done; that it wants to end is a failure. */
class SilentEffects implements Effects {

    @Override
    public void send(NodeId to, Message message) {}

    @Override
    public void write(WriteJob job) {}

    @Override
    public void read(Replica.ReadJob job) {}

    @Override
    public void scan(CellStore.ScanJob job) {}

    @Override
    public void giveClientsTheirTurn() {}

    @Override
    public void note(Level level, String text) {}

    @Override
    public void stop(String reason) {
        throw new AssertionError(reason);
    }

    @Override
    public void startAnew(String reason) {
        throw new AssertionError(reason);
    }
}
