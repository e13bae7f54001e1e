package org.mostdb.testkit;

import java.util.Map;
import java.util.function.Consumer;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.StorageEngine;

/**
 * One life of a node of any replication policy, from a start to a crash: the policy's pure core with what a driver does
 * around it, but without threads. All its methods are called by the one thread of the simulation.
 *
 * <p>A step is {@link #advance}, all inputs that have come, perhaps {@link #tick}, then {@link #flush}. Inputs are
 * {@link #submit} and what was handed to {@link SimulatedHost#post}. The methods of {@link PeerHandler} are called
 * outside the steps, as by a link's threads, also while the node is paused: each posts its input.
 */
public interface SimulatedNode extends PeerHandler {

    /** Time has passed on this node's clock; it never goes back. The first call of a step. */
    void advance(long nowNanos);

    /** Does what is due. Called every few milliseconds, but not while the node is paused. */
    void tick();

    /** Begins what the step's inputs asked for. The last call of a step. */
    void flush();

    /**
     * A client asks this node as its coordinator.
     *
     * @param answer called once, in this step or a later one; or never if the node crashes
     */
    void submit(Call call, Consumer<Answer> answer);

    /** Whether it has found the members of its cluster, so that it may vote; for {@link Coverage} only. */
    boolean isFormed();

    /** Whether it notices a bit that flipped in what its disk gives back; if not, none is flipped. */
    default boolean verifiesWhatItReads() {
        return false;
    }

    /**
     * Whether this node knows that a store is older than its owner's last one: that the owner has told of something
     * that the copy does not hold. Only what a crash of this node would not make it forget counts.
     *
     * @param copy an earlier state of another node's disk, only to be read
     */
    boolean remembersMoreThan(StorageEngine copy);

    /** What its store holds, for comparison with the others: what keys, and a text for what is kept of each. */
    Map<String, String> holds();
}
