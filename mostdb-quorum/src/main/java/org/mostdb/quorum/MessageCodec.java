package org.mostdb.quorum;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.Holdings.Told;
import org.mostdb.quorum.Message.CatchUpReply;
import org.mostdb.quorum.Message.CatchUpRequest;
import org.mostdb.quorum.Message.CheckReply;
import org.mostdb.quorum.Message.CheckRequest;
import org.mostdb.quorum.Message.Confirm;
import org.mostdb.quorum.Message.CopyReply;
import org.mostdb.quorum.Message.CopyRequest;
import org.mostdb.quorum.Message.Formed;
import org.mostdb.quorum.Message.Heartbeat;
import org.mostdb.quorum.Message.HighWaterReply;
import org.mostdb.quorum.Message.HighWaterRequest;
import org.mostdb.quorum.Message.JoinReply;
import org.mostdb.quorum.Message.JoinRequest;
import org.mostdb.quorum.Message.KnownKey;
import org.mostdb.quorum.Message.Levels;
import org.mostdb.quorum.Message.Propose;
import org.mostdb.quorum.Message.ReadAnswer;
import org.mostdb.quorum.Message.ReadReply;
import org.mostdb.quorum.Message.ReadRequest;
import org.mostdb.quorum.Message.ReplaceReply;
import org.mostdb.quorum.Message.ReplaceRequest;
import org.mostdb.quorum.Message.Standing;
import org.mostdb.quorum.Message.StoreReply;
import org.mostdb.quorum.Message.StoreRequest;

/**
 * Messages as bytes. One frame of the peer link holds one or more messages, each a type byte and its fields,
 * big-endian; byte strings and lists are preceded by their length in four bytes. {@link #PROTOCOL} names this format
 * when nodes greet each other, so a frame needs no version.
 *
 * <p>Decoding trusts nothing: every length is checked against what is left before anything is allocated.
 */
final class MessageCodec {

    /** Name and version of the format, compared when a connection opens. */
    static final String PROTOCOL = "majority/4";

    private static final byte HIGH_WATER_REQUEST = 1;
    private static final byte HIGH_WATER_REPLY = 2;
    private static final byte STORE_REQUEST = 3;
    private static final byte STORE_REPLY = 4;
    private static final byte READ_REQUEST = 5;
    private static final byte READ_REPLY = 6;
    private static final byte PROPOSE = 7;
    private static final byte CONFIRM = 8;
    private static final byte FORMED = 9;
    private static final byte HEARTBEAT = 10;
    private static final byte JOIN_REQUEST = 11;
    private static final byte JOIN_REPLY = 12;
    private static final byte REPLACE_REQUEST = 13;
    private static final byte REPLACE_REPLY = 14;
    private static final byte COPY_REQUEST = 15;
    private static final byte COPY_REPLY = 16;
    private static final byte CHECK_REQUEST = 17;
    private static final byte CHECK_REPLY = 18;
    private static final byte CATCH_UP_REQUEST = 19;
    private static final byte CATCH_UP_REPLY = 20;

    private static final byte ANSWER_SAME = 0;
    private static final byte ANSWER_OLDER = 1;
    private static final byte ANSWER_NEWER = 2;

    private static final int TYPE_AND_ROUND = 1 + Long.BYTES;
    private static final int VOTE = TYPE_AND_ROUND + Long.BYTES;

    private MessageCodec() {}

    /**
     * Packs messages into as few frames as hold them.
     *
     * @param maxFrameBytes no frame becomes longer, but for one that holds a single longer message
     */
    static List<byte[]> encode(List<Message> messages, int maxFrameBytes) {
        List<byte[]> frames = new ArrayList<>(1);
        int from = 0;
        int size = 0;
        for (int i = 0; i < messages.size(); i++) {
            int next = size(messages.get(i));
            if (i > from && size + next > maxFrameBytes) {
                frames.add(frame(messages.subList(from, i), size));
                from = i;
                size = 0;
            }
            size += next;
        }
        if (from < messages.size()) {
            frames.add(frame(messages.subList(from, messages.size()), size));
        }
        return frames;
    }

    private static byte[] frame(List<Message> messages, int size) {
        ByteBuffer buffer = ByteBuffer.allocate(size);
        messages.forEach(message -> write(buffer, message));
        return buffer.array();
    }

    /**
     * The messages of a frame.
     *
     * @throws MalformedException if it is not one that {@link #encode} makes
     */
    static List<Message> decode(byte[] frame) {
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        List<Message> messages = new ArrayList<>(2);
        try {
            while (buffer.hasRemaining()) {
                messages.add(read(buffer));
            }
        } catch (BufferUnderflowException e) {
            throw new MalformedException("a frame of " + frame.length + " bytes ends in the middle of a message", e);
        }
        return messages;
    }

    /** The encoded size of a cell and its key within a {@link StoreRequest}. */
    static int cellBytes(Bytes key, Cell cell) {
        return bytesSize(key.array()) + bytesSize(cell.encoded());
    }

    private static int size(Message message) {
        return switch (message) {
            case HighWaterRequest unused -> TYPE_AND_ROUND;
            case HighWaterReply reply -> VOTE + Long.BYTES + reply.view().encodedBytes();
            case StoreReply reply -> VOTE + Long.BYTES + reply.view().encodedBytes();
            case StoreRequest store -> TYPE_AND_ROUND + 2 * Long.BYTES + 1 + cellsSize(store.cells());
            case ReadRequest request -> {
                int size = TYPE_AND_ROUND + Integer.BYTES;
                for (KnownKey key : request.keys()) {
                    size += bytesSize(key.key().array()) + 1 + (key.known() == null ? 0 : Tag.BYTES);
                }
                yield size;
            }
            case ReadReply reply -> {
                int size = VOTE + 2 * Integer.BYTES + reply.view().encodedBytes();
                for (ReadAnswer answer : reply.answers()) {
                    size += answerBytes(answer);
                }
                yield size;
            }
            case Propose propose -> TYPE_AND_ROUND + propose.proposal().encodedBytes();
            case Confirm confirm -> TYPE_AND_ROUND + confirm.proposal().encodedBytes();
            case Formed formed -> 1 + formed.membership().encodedBytes();
            case Heartbeat heartbeat ->
                5
                        + 3 * Long.BYTES
                        + heartbeat.told().encodedBytes()
                        + Levels.BYTES
                        + (heartbeat.view() == null ? 0 : heartbeat.view().encodedBytes());
            case JoinRequest unused -> TYPE_AND_ROUND;
            case JoinReply reply -> TYPE_AND_ROUND + reply.view().encodedBytes() + Integer.BYTES;
            case ReplaceRequest unused -> TYPE_AND_ROUND + Integer.BYTES + Long.BYTES + Integer.BYTES;
            case ReplaceReply reply -> TYPE_AND_ROUND + reply.view().encodedBytes();
            case CopyRequest request ->
                TYPE_AND_ROUND + bytesSize(request.after().array());
            case CopyReply reply ->
                TYPE_AND_ROUND
                        + bytesSize(reply.after().array())
                        + cellsSize(reply.cells())
                        + 1
                        + 2 * Long.BYTES
                        + reply.told().encodedBytes()
                        + Mark.BYTES
                        + Marks.encodedBytes(reply.marks())
                        + reply.view().encodedBytes();
            case CatchUpRequest request -> TYPE_AND_ROUND + Cursor.encodedBytes(request.cursor());
            case CatchUpReply reply ->
                TYPE_AND_ROUND
                        + Cursor.encodedBytes(reply.asked())
                        + Cursor.encodedBytes(reply.begun())
                        + cellsSize(reply.cells())
                        + Cursor.encodedBytes(reply.next())
                        + reply.told().encodedBytes()
                        + Mark.BYTES;
            case CheckRequest unused -> TYPE_AND_ROUND;
            case CheckReply reply -> TYPE_AND_ROUND + Long.BYTES + 1 + (reply.mark() == null ? 0 : Mark.BYTES);
        };
    }

    private static int cellsSize(Map<Bytes, Cell> cells) {
        int size = Integer.BYTES;
        for (Map.Entry<Bytes, Cell> entry : cells.entrySet()) {
            size += cellBytes(entry.getKey(), entry.getValue());
        }
        return size;
    }

    /** The encoded size of an answer within a {@link ReadReply}. */
    static int answerBytes(ReadAnswer answer) {
        return answer instanceof ReadAnswer.Newer newer
                ? 1 + bytesSize(newer.cell().encoded())
                : 1;
    }

    private static int bytesSize(byte[] bytes) {
        return Integer.BYTES + bytes.length;
    }

    private static void write(ByteBuffer to, Message message) {
        switch (message) {
            case HighWaterRequest request -> to.put(HIGH_WATER_REQUEST).putLong(request.round());
            case HighWaterReply reply ->
                reply.view().encode(putVote(to, HIGH_WATER_REPLY, reply).putLong(reply.highWater()));
            case StoreRequest store ->
                writeCells(
                        to.put(STORE_REQUEST)
                                .putLong(store.round())
                                .putLong(store.life())
                                .putLong(store.number())
                                .put((byte) (store.isWriteBack() ? 1 : 0)),
                        store.cells());
            case StoreReply reply ->
                reply.view().encode(putVote(to, STORE_REPLY, reply).putLong(reply.sequence()));
            case ReadRequest request -> {
                to.put(READ_REQUEST)
                        .putLong(request.round())
                        .putInt(request.keys().size());
                for (KnownKey key : request.keys()) {
                    writeBytes(to, key.key().array());
                    Tag known = key.known();
                    to.put((byte) (known == null ? 0 : 1));
                    if (known != null) {
                        known.encode(to);
                    }
                }
            }
            case ReadReply reply -> {
                putVote(to, READ_REPLY, reply).putInt(reply.first());
                to.putInt(reply.answers().size());
                reply.answers().forEach(answer -> writeAnswer(to, answer));
                reply.view().encode(to);
            }
            case Propose propose -> propose.proposal().encode(to.put(PROPOSE).putLong(propose.round()));
            case Confirm confirm -> confirm.proposal().encode(to.put(CONFIRM).putLong(confirm.round()));
            case Formed formed -> formed.membership().encode(to.put(FORMED));
            case Heartbeat heartbeat -> {
                Membership view = heartbeat.view();
                to.put(HEARTBEAT)
                        .put(heartbeat.standing().code)
                        .putLong(heartbeat.life())
                        .putLong(heartbeat.holds())
                        .putLong(heartbeat.held())
                        .put((byte) (heartbeat.checked() ? 1 : 0))
                        .put(code(heartbeat.room()))
                        .put((byte) (view == null ? 0 : 1));
                if (view != null) {
                    view.encode(to);
                }
                heartbeat.told().encode(to);
                heartbeat.levels().encode(to);
            }
            case JoinRequest request -> to.put(JOIN_REQUEST).putLong(request.round());
            case JoinReply reply -> {
                reply.view().encode(to.put(JOIN_REPLY).putLong(reply.round()));
                to.putInt(reply.place());
            }
            case ReplaceRequest request ->
                to.put(REPLACE_REQUEST)
                        .putLong(request.round())
                        .putInt(request.place())
                        .putLong(request.member().id().bits())
                        .putInt(request.member().generation());
            case ReplaceReply reply -> reply.view().encode(to.put(REPLACE_REPLY).putLong(reply.round()));
            case CopyRequest request ->
                writeBytes(
                        to.put(COPY_REQUEST).putLong(request.round()),
                        request.after().array());
            case CopyReply reply -> {
                writeBytes(
                        to.put(COPY_REPLY).putLong(reply.round()), reply.after().array());
                writeCells(to, reply.cells());
                to.put((byte) (reply.done() ? 1 : 0)).putLong(reply.highWater()).putLong(reply.floor());
                reply.told().encode(to);
                reply.end().encode(to);
                Marks.encode(reply.marks(), to);
                reply.view().encode(to);
            }
            case CatchUpRequest request ->
                Cursor.encode(request.cursor(), to.put(CATCH_UP_REQUEST).putLong(request.round()));
            case CatchUpReply reply -> {
                Cursor.encode(reply.asked(), to.put(CATCH_UP_REPLY).putLong(reply.round()));
                Cursor.encode(reply.begun(), to);
                writeCells(to, reply.cells());
                Cursor.encode(reply.next(), to);
                reply.told().encode(to);
                reply.end().encode(to);
            }
            case CheckRequest request -> to.put(CHECK_REQUEST).putLong(request.round());
            case CheckReply reply -> {
                Mark mark = reply.mark();
                to.put(CHECK_REPLY).putLong(reply.round()).putLong(reply.life());
                to.put((byte) (mark == null ? 0 : 1));
                if (mark != null) {
                    mark.encode(to);
                }
            }
        }
    }

    private static ByteBuffer putVote(ByteBuffer to, byte type, Message.Vote vote) {
        return to.put(type).putLong(vote.round()).putLong(vote.life());
    }

    private static void writeCells(ByteBuffer to, Map<Bytes, Cell> cells) {
        to.putInt(cells.size());
        cells.forEach((key, cell) -> {
            writeBytes(to, key.array());
            writeBytes(to, cell.encoded());
        });
    }

    private static void writeAnswer(ByteBuffer to, ReadAnswer answer) {
        switch (answer) {
            case ReadAnswer.Same unused -> to.put(ANSWER_SAME);
            case ReadAnswer.Older unused -> to.put(ANSWER_OLDER);
            case ReadAnswer.Newer newer ->
                writeBytes(to.put(ANSWER_NEWER), newer.cell().encoded());
        }
    }

    static void writeBytes(ByteBuffer to, byte[] bytes) {
        to.putInt(bytes.length).put(bytes);
    }

    private static Message read(ByteBuffer from) {
        byte type = from.get();
        return switch (type) {
            case HIGH_WATER_REQUEST -> new HighWaterRequest(from.getLong());
            case HIGH_WATER_REPLY ->
                new HighWaterReply(from.getLong(), from.getLong(), from.getLong(), Membership.decode(from));
            case STORE_REQUEST -> readStoreRequest(from);
            case STORE_REPLY -> new StoreReply(from.getLong(), from.getLong(), from.getLong(), Membership.decode(from));
            case READ_REQUEST -> readReadRequest(from);
            case READ_REPLY -> readReadReply(from);
            case PROPOSE -> new Propose(from.getLong(), Proposal.decode(from));
            case CONFIRM -> new Confirm(from.getLong(), Proposal.decode(from));
            case FORMED -> new Formed(Membership.decode(from));
            case HEARTBEAT -> readHeartbeat(from);
            case JOIN_REQUEST -> new JoinRequest(from.getLong());
            case JOIN_REPLY -> new JoinReply(from.getLong(), Membership.decode(from), from.getInt());
            case REPLACE_REQUEST ->
                new ReplaceRequest(
                        from.getLong(), from.getInt(), new Member(new NodeId(from.getLong()), from.getInt()));
            case REPLACE_REPLY -> new ReplaceReply(from.getLong(), Membership.decode(from));
            case COPY_REQUEST -> new CopyRequest(from.getLong(), Bytes.wrap(readBytes(from)));
            case COPY_REPLY ->
                new CopyReply(
                        from.getLong(),
                        Bytes.wrap(readBytes(from)),
                        readCells(from),
                        from.get() != 0,
                        from.getLong(),
                        from.getLong(),
                        Told.decode(from),
                        Mark.decode(from),
                        Marks.decode(from),
                        Membership.decode(from));
            case CATCH_UP_REQUEST -> new CatchUpRequest(from.getLong(), Cursor.decodePresent(from));
            case CATCH_UP_REPLY ->
                new CatchUpReply(
                        from.getLong(),
                        Cursor.decodePresent(from),
                        Cursor.decodePresent(from),
                        readCells(from),
                        Cursor.decode(from),
                        Told.decode(from),
                        Mark.decode(from));
            case CHECK_REQUEST -> new CheckRequest(from.getLong());
            case CHECK_REPLY ->
                new CheckReply(from.getLong(), from.getLong(), from.get() == 0 ? null : Mark.decode(from));
            default -> throw new MalformedException("a message of unknown type " + type);
        };
    }

    private static Heartbeat readHeartbeat(ByteBuffer from) {
        Standing standing = Standing.of(from.get());
        long life = from.getLong();
        long holds = from.getLong();
        long held = from.getLong();
        boolean checked = from.get() != 0;
        Room room = readRoom(from);
        Membership view = from.get() == 0 ? null : Membership.decode(from);
        Told told = Told.decode(from);
        return new Heartbeat(view, standing, life, told, holds, held, checked, room, Levels.decode(from));
    }

    private static byte code(Room room) {
        return switch (room) {
            case AMPLE -> 0;
            case LOW -> 1;
            case SCARCE -> 2;
            case NONE -> 3;
        };
    }

    private static Room readRoom(ByteBuffer from) {
        byte code = from.get();
        for (Room room : Room.values()) {
            if (code(room) == code) {
                return room;
            }
        }
        throw new MalformedException("an unknown room " + code);
    }

    private static StoreRequest readStoreRequest(ByteBuffer from) {
        long round = from.getLong();
        long life = from.getLong();
        long number = from.getLong();
        boolean isWriteBack = from.get() != 0;
        return new StoreRequest(round, life, number, readCells(from), isWriteBack);
    }

    private static Map<Bytes, Cell> readCells(ByteBuffer from) {
        int count = readCount(from, 2 * Integer.BYTES + Cell.FRAME_BYTES);
        Map<Bytes, Cell> cells = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            Bytes key = readKey(from);
            cells.put(key, Cell.decode(key, readBytes(from)));
        }
        return cells;
    }

    private static ReadRequest readReadRequest(ByteBuffer from) {
        long round = from.getLong();
        int count = readCount(from, Integer.BYTES + 2);
        List<KnownKey> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Bytes key = readKey(from);
            keys.add(new KnownKey(key, from.get() == 0 ? null : Tag.decode(from)));
        }
        return new ReadRequest(round, keys);
    }

    private static ReadReply readReadReply(ByteBuffer from) {
        long round = from.getLong();
        long life = from.getLong();
        int first = from.getInt();
        int count = readCount(from, 1);
        List<ReadAnswer> answers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte kind = from.get();
            answers.add(
                    switch (kind) {
                        case ANSWER_SAME -> ReadAnswer.SAME;
                        case ANSWER_OLDER -> ReadAnswer.OLDER;
                        case ANSWER_NEWER -> new ReadAnswer.Newer(Cell.decode(readBytes(from)));
                        default -> throw new MalformedException("an answer of unknown kind " + kind);
                    });
        }
        return new ReadReply(round, life, first, answers, Membership.decode(from));
    }

    private static Bytes readKey(ByteBuffer from) {
        byte[] key = readBytes(from);
        if (key.length == 0) {
            throw new MalformedException("an empty key");
        }
        return Bytes.wrap(key);
    }

    static byte[] readBytes(ByteBuffer from) {
        byte[] bytes = new byte[readCount(from, 1)];
        from.get(bytes);
        return bytes;
    }

    private static int readCount(ByteBuffer from, int leastBytesEach) {
        int count = from.getInt();
        if (count < 0 || (long) count * leastBytesEach > from.remaining()) {
            throw new MalformedException("a length of " + count + " where " + from.remaining() + " bytes are left");
        }
        return count;
    }
}
