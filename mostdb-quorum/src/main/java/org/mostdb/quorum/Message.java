package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.Holdings.Told;

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

        /** Repeats that of the question. */
        long round();

        /** The sender's life, see {@link Epoch#life}: an answer of a life that is over is void. */
        long life();

        /** The sender's view, at least as new as when what it answers became durable. */
        Membership view();
    }

    /** At least the counter of every cell that the replica has ever acknowledged. */
    record HighWaterReply(long round, long life, long highWater, Membership view) implements Vote {}

    /**
     * Asks to keep these cells, of different keys, where they are newer.
     *
     * @param life the asker's, see {@link Epoch#life}
     * @param number which store round of that life this is, from 1
     * @param isWriteBack whether a member has held each of them before, so that a full disk is not what keeps them out
     */
    record StoreRequest(long round, long life, long number, Map<Bytes, Cell> cells, boolean isWriteBack)
            implements OfMembers {}

    /**
     * Each of the cells, or a newer one of its key, is durable.
     *
     * @param sequence the replica's store sequence of the batch that made it so
     */
    record StoreReply(long round, long life, long sequence, Membership view) implements Vote {}

    /** Asks for the durable cells of keys, where they are newer than those that the asker knows. */
    record ReadRequest(long round, List<KnownKey> keys) implements OfMembers {}

    /** A key, and the tag of the asker's own cell of it; null if it has none. */
    record KnownKey(Bytes key, @Nullable Tag known) {}

    /**
     * The answers for a stretch of the keys of a request; a large answer comes in several.
     *
     * @param first the place in the request of the first key that is answered here
     */
    record ReadReply(long round, long life, int first, List<ReadAnswer> answers, Membership view) implements Vote {}

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

    /** Forming: this is what the asker has durably proposed; who has proposed the same confirms. */
    record Propose(long round, Proposal proposal) implements Message {}

    /** Forming: the sender has durably proposed the same. */
    record Confirm(long round, Proposal proposal) implements Message {}

    /** The sender belongs to a formed cluster of these members. */
    record Formed(Membership membership) implements Message {}

    /** How far a node has come after its start. */
    enum Standing {
        /** It belongs to no cluster yet. */
        UNFORMED(0),
        /** Its store has not been compared with what the others remember of it. */
        CHECKING(1),
        /** Its answers count. */
        VOTING(2),
        /** It cannot use its store. */
        FAILED(3),
        /** Another has its place. */
        REPLACED(4);

        /** What stands for it in a message. */
        final byte code;

        Standing(int code) {
            this.code = (byte) code;
        }

        static Standing of(byte code) {
            for (Standing standing : values()) {
                if (standing.code == code) {
                    return standing;
                }
            }
            throw new MalformedException("an unknown standing " + code);
        }
    }

    /**
     * How far a member is with the tombstones that nobody needs, see {@link Reclaim}. All but one are counters of tags.
     *
     * @param highWater at least that of each cell that it holds
     * @param floor no store request brings it a cell up to this one any more
     * @param lateAt its store sequence when it last got a cell up to its floor; the greatest number while it gets one
     * @param complete up to here it holds all that the members of its view hold
     */
    record Levels(long highWater, long floor, long lateAt, long complete) {

        static final int BYTES = 4 * Long.BYTES;

        void encode(ByteBuffer to) {
            to.putLong(highWater).putLong(floor).putLong(lateAt).putLong(complete);
        }

        static Levels decode(ByteBuffer from) {
            return new Levels(from.getLong(), from.getLong(), from.getLong(), from.getLong());
        }
    }

    /**
     * The sender lives.
     *
     * @param view the members of the formed cluster that it belongs to; null if to none
     * @param life see {@link Epoch#life}
     * @param told what its store holds
     * @param holds up to which store sequence of the receiver its store holds what that one holds
     * @param held up to which store sequence of the sender the receiver has told that it holds what that one holds
     * @param checked whether its store was, in this life, compared with what the receiver remembers of it
     * @param room what its disk has room for
     * @param levels how far it is with the tombstones that nobody needs
     */
    record Heartbeat(
            @Nullable Membership view,
            Standing standing,
            long life,
            Told told,
            long holds,
            long held,
            boolean checked,
            Room room,
            Levels levels)
            implements Message {

        /** Whether it belongs to a formed cluster. */
        boolean formed() {
            return view != null;
        }
    }

    /** After a start: what does the receiver remember of the sender? */
    record CheckRequest(long round) implements Message {}

    /**
     * A member's answer.
     *
     * @param life the last one of the asker that has greeted, see {@link Epoch#life}; 0 if none
     * @param mark how far the asker's store had come when last heard of; null if it was not
     */
    record CheckReply(long round, long life, @Nullable Mark mark) implements Message {}

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
     * @param floor no store request brings the sender a cell with a counter up to this one any more
     * @param told what the sender's store holds
     * @param marks what the sender remembers of the members
     * @param view what the sender has durably recorded
     */
    record CopyReply(
            long round,
            Bytes after,
            Map<Bytes, Cell> cells,
            boolean done,
            long highWater,
            long floor,
            Told told,
            Mark end,
            Map<NodeId, Mark> marks,
            Membership view)
            implements Message {}

    /** Catch-up: asks for cells that the asker may lack. */
    record CatchUpRequest(long round, Cursor cursor) implements OfMembers {}

    /**
     * Some of them.
     *
     * @param asked repeats the question
     * @param begun where the answer begins, which may be another place
     * @param next where to go on; null if there are no more
     * @param told see {@link Replica.Excerpt}
     * @param end see {@link Replica.Excerpt}
     */
    record CatchUpReply(
            long round,
            Cursor asked,
            Cursor begun,
            Map<Bytes, Cell> cells,
            @Nullable Cursor next,
            Told told,
            Mark end) implements OfMembers {

        /** How many bytes of cells. */
        long bytes() {
            long bytes = 0;
            for (Map.Entry<Bytes, Cell> entry : cells.entrySet()) {
                bytes += MessageCodec.cellBytes(entry.getKey(), entry.getValue());
            }
            return bytes;
        }
    }
}
