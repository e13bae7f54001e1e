package org.mostdb.quorum;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;

/**
 * What nodes say to each other. A round is a number that its asker has never used before, in this life or another; an
 * answer repeats it. Every message may be lost, delayed, repeated or overtaken.
 */
sealed interface Message {

    /** Those about data: only recorded members send them, and only members that vote heed them. */
    sealed interface OfMembers extends Message {}

    /** Asks for the greatest counter that the replica knows of. */
    record HighWaterRequest(long round) implements OfMembers {}

    /** At least the counter of every cell that the replica has ever acknowledged. */
    record HighWaterReply(long round, long highWater) implements OfMembers {}

    /** Asks to keep these cells, of different keys, where they are newer. */
    record StoreRequest(long round, Map<Bytes, Cell> cells) implements OfMembers {}

    /**
     * Each of the cells, or a newer one of its key, is durable.
     *
     * @param sequence the replica's store sequence of the batch that made it so
     */
    record StoreReply(long round, long sequence) implements OfMembers {}

    /** Asks for the durable cells of keys, where they are newer than those that the asker knows. */
    record ReadRequest(long round, List<KnownKey> keys) implements OfMembers {}

    /** A key, and the tag of the asker's own cell of it; null if it has none. */
    record KnownKey(Bytes key, @Nullable Tag known) {}

    /**
     * The answers for a stretch of the keys of a request; a large answer comes in several.
     *
     * @param first the place in the request of the first key that is answered here
     */
    record ReadReply(long round, int first, List<ReadAnswer> answers) implements OfMembers {}

    /** How the replica's durable cell compares with the one that the asker knows. */
    sealed interface ReadAnswer {

        /** It has the same tag, or both have none. */
        record Same() implements ReadAnswer {}

        /** It is older, or there is none. */
        record Older() implements ReadAnswer {}

        /** It is newer: here it is. */
        record Newer(Cell cell) implements ReadAnswer {}

        /** The one {@link Same} there needs to be. */
        ReadAnswer SAME = new Same();

        /** The one {@link Older} there needs to be. */
        ReadAnswer OLDER = new Older();
    }

    /** Forming: this is the set of members that the asker has durably proposed; who has recorded the same confirms. */
    record Propose(long round, Membership membership) implements Message {}

    /** Forming: the sender has durably proposed the same set. */
    record Confirm(long round, Membership membership) implements Message {}

    /** The sender belongs to a formed cluster of these members. */
    record Formed(Membership membership) implements Message {}

    /**
     * The sender lives.
     *
     * @param formed whether it belongs to a formed cluster
     * @param voting whether its answers count; one that is formed and does not vote cannot use its store
     * @param sequence its durable store sequence
     */
    record Heartbeat(boolean formed, boolean voting, long sequence) implements Message {}
}
