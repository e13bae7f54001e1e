package org.mostdb.api.spi;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** All that a replication policy gets to work with. Never the server. */
public interface PolicyContext {

    /**
     * This node's store, open. The policy alone writes to it, and keeps its own records in it under keys of its choice;
     * the server closes it after the policy.
     */
    StorageEngine engine();

    /** The way to the other members. */
    PeerLink peerLink();

    /** The URL under which the other members reach this node, for status only; empty where none was set. */
    String selfAddress();

    /** Limits and durability. */
    PolicySettings settings();

    /** The time of day, for status and logs only: durations are measured with {@link System#nanoTime}. */
    InstantSource clock();

    /** Randomness that is fit for identities. */
    RandomGenerator random();

    /** Where the policy reports its figures. */
    Metrics metrics();

    /**
     * Ends this node: called at most once, for what only an operator can mend, such as two addresses that lead to one
     * node. Returns at once.
     *
     * @param reason one sentence that says what to change
     */
    void stop(String reason);

    /**
     * Ends this life of the node and begins another one with an empty store: called at most once, when the store's
     * identity is worth nothing any more, because another node was given its place. Returns at once. The server then
     * closes the policy and the engine, sets the store aside for an operator to look at, never to be used again by
     * itself, and starts the policy anew on an empty engine, in the same process.
     *
     * @param reason one sentence that says why
     */
    void startAnew(String reason);

    /**
     * The store has failed, or holds what is damaged: called at most once, for a write that failed or a read that found
     * what cannot be right, and not for a fault of the policy itself. Returns at once. The policy does not vote any
     * more in this life, and need not end. The server remembers it beyond this process, and may begin another life with
     * an empty store, as after {@link #startAnew}, once the disk works and the other members can be copied from.
     *
     * @param reason one sentence that says what failed
     */
    default void storeFailed(String reason) {}

    /** What there is room for on the disk now: cheap, and a little behind. */
    default Room room() {
        return Room.AMPLE;
    }
}
