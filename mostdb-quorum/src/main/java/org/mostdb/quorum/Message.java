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

    /** An answer that may count as a vote. It tells who the sender knew to be a member when the answer was true. */
    sealed interface Vote extends OfMembers {

        /** The sender's view, at least as new as when what it answers became durable. */
        Membership view();
    }

    /** At least the counter of every cell that the replica has ever acknowledged. */
    record HighWaterReply(long round, long highWater, Membership view) implements Vote {}

    /** Asks to keep these cells, of different keys, where they are newer. */
    record StoreRequest(long round, Map<Bytes, Cell> cells) implements OfMembers {}

    /**
     * Each of the cells, or a newer one of its key, is durable.
     *
     * @param sequence the replica's store sequence of the batch that made it so
     */
    record StoreReply(long round, long sequence, Membership view) implements Vote {}

    /** Asks for the durable cells of keys, where they are newer than those that the asker knows. */
    record ReadRequest(long round, List<KnownKey> keys) implements OfMembers {}

    /** A key, and the tag of the asker's own cell of it; null if it has none. */
    record KnownKey(Bytes key, @Nullable Tag known) {}

    /**
     * The answers for a stretch of the keys of a request; a large answer comes in several.
     *
     * @param first the place in the request of the first key that is answered here
     */
    record ReadReply(long round, int first, List<ReadAnswer> answers, Membership view) implements Vote {}

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
     * @param view the members of the formed cluster that it belongs to; null if to none
     * @param voting whether its answers count; one that is formed and does not vote cannot use its store
     * @param sequence its durable store sequence
     */
    record Heartbeat(@Nullable Membership view, boolean voting, long sequence) implements Message {

        /** Whether it belongs to a formed cluster. */
        boolean formed() {
            return view != null;
        }
    }

    /** Recovery: a node with an empty store asks the voters whose place it takes. */
    record JoinRequest(long round) implements Message {}

    /**
     * A voting member's answer.
     *
     * @param view what it has durably recorded
     * @param place the place of the member that was at the asker's address, or -1
     */
    record JoinReply(long round, Membership view, int place) implements Message {}

    /** Recovery: the asker wants to be recorded as this member. */
    record ReplaceRequest(long round, int place, Member member) implements Message {}

    /** What a voting member has durably recorded; it shows whether the asker is in it. */
    record ReplaceReply(long round, Membership view) implements Message {}

    /** Recovery: asks for the cells whose keys come after this one; empty for the first. */
    record CopyRequest(long round, Bytes after) implements Message {}

    /**
     * A stretch of the cells of a voting member that has durably recorded the asker.
     *
     * @param after repeats the question
     * @param cells in the order of their keys
     * @param done whether no others follow
     * @param view what the sender has durably recorded
     */
    record CopyReply(long round, Bytes after, Map<Bytes, Cell> cells, boolean done, long highWater, Membership view)
            implements Message {}
}
