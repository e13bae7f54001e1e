package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.Holdings.Told;
import org.mostdb.quorum.Message.KnownKey;
import org.mostdb.quorum.Message.Levels;
import org.mostdb.quorum.Message.ReadAnswer;

class MessageCodecTest {

    private static final Tag TAG = new Tag(7, new Epoch(3, -5), new NodeId(-1));
    private static final Cell VALUE = Cell.of(Bytes.utf8("a"), TAG, Bytes.utf8("wörth"));
    private static final Cell EMPTY = Cell.of(Bytes.utf8("c"), TAG, Bytes.EMPTY);
    private static final Cell TOMBSTONE = Cell.of(Bytes.utf8("b"), TAG, null);
    private static final Told TOLD = told();
    private static final Levels LEVELS = new Levels(41, 42, Long.MAX_VALUE, 44);

    private static final Membership MEMBERSHIP =
            Membership.forming(1, Set.of(new NodeId(1), new NodeId(-2), new NodeId(3)));

    private static List<Message> oneOfEach() {
        Map<Bytes, Cell> cells = new LinkedHashMap<>();
        cells.put(Bytes.utf8("a"), VALUE);
        cells.put(Bytes.utf8("b"), TOMBSTONE);
        cells.put(Bytes.utf8("c"), EMPTY);
        return List.of(
                new Message.HighWaterRequest(1),
                new Message.HighWaterReply(2, 21, Long.MAX_VALUE, MEMBERSHIP),
                new Message.StoreRequest(3, 32, 33, cells, false),
                new Message.StoreRequest(4, 32, 34, cells, true),
                new Message.StoreReply(4, 22, 9, MEMBERSHIP),
                new Message.ReadRequest(
                        5, List.of(new KnownKey(Bytes.utf8("k"), TAG), new KnownKey(Bytes.utf8("l"), null))),
                new Message.ReadReply(
                        6,
                        29,
                        2,
                        List.of(ReadAnswer.SAME, ReadAnswer.OLDER, new ReadAnswer.Newer(TOMBSTONE)),
                        MEMBERSHIP),
                new Message.Propose(7, new Proposal(3, MEMBERSHIP)),
                new Message.Confirm(8, new Proposal(4, MEMBERSHIP)),
                new Message.Formed(MEMBERSHIP),
                new Message.Heartbeat(MEMBERSHIP, Message.Standing.VOTING, 23, TOLD, 11, 12, true, Room.AMPLE, LEVELS),
                new Message.Heartbeat(
                        null, Message.Standing.UNFORMED, 24, Told.NOTHING, 11, 12, false, Room.NONE, LEVELS),
                new Message.JoinRequest(12),
                new Message.JoinReply(13, MEMBERSHIP, -1),
                new Message.ReplaceRequest(14, 2, new Member(new NodeId(-9), 3)),
                new Message.ReplaceReply(15, MEMBERSHIP),
                new Message.CopyRequest(16, Bytes.EMPTY),
                new Message.CopyReply(
                        17,
                        Bytes.utf8("a"),
                        cells,
                        true,
                        18,
                        19,
                        TOLD,
                        new Mark(29, 30),
                        Map.of(new NodeId(1), new Mark(25, 26)),
                        MEMBERSHIP),
                new Message.CheckRequest(19),
                new Message.CatchUpRequest(22, Cursor.ofAll(Bytes.utf8("after"))),
                new Message.CatchUpReply(
                        23,
                        Cursor.ofChanges(1),
                        new Cursor(34, Bytes.utf8("k")),
                        cells,
                        Cursor.ofAll(),
                        TOLD,
                        new Mark(31, 32)),
                new Message.CatchUpReply(
                        24, Cursor.ofAll(), Cursor.ofAll(), Map.of(), null, Told.NOTHING, new Mark(33, 34)),
                new Message.CheckReply(20, 30, null),
                new Message.CheckReply(21, 31, new Mark(27, 28)));
    }

    @Test
    void everyMessageComesBackAsItWas() {
        for (Message message : oneOfEach()) {
            List<byte[]> frames = MessageCodec.encode(List.of(message), 1 << 20);
            assertEquals(1, frames.size());
            Message back = MessageCodec.decode(frames.getFirst()).getFirst();
            assertEquals(message.getClass(), back.getClass());
            assertArrayEquals(
                    frames.getFirst(),
                    MessageCodec.encode(List.of(back), 1 << 20).getFirst(),
                    () -> message + " came back as " + back);
        }
    }

    @Test
    void everyKindOfMessageIsTried() {
        Set<Class<?>> tried = new HashSet<>();
        oneOfEach().forEach(message -> tried.add(message.getClass()));
        List<Class<?>> all = new ArrayList<>(List.of(Message.OfMembers.class.getPermittedSubclasses()));
        all.addAll(List.of(Message.Vote.class.getPermittedSubclasses()));
        all.addAll(List.of(Message.class.getPermittedSubclasses()));
        all.removeIf(kind -> kind.isInterface() && kind.isSealed());
        assertEquals(Set.copyOf(all), tried);
    }

    @Test
    void messagesShareAFrameUpToItsLimit() {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            messages.add(new Message.StoreRequest(i, 1, 1, Map.of(), false));
        }
        List<byte[]> frames = MessageCodec.encode(messages, 300);
        assertEquals(10, frames.size());
        List<Message> back = new ArrayList<>();
        for (byte[] frame : frames) {
            assertTrue(frame.length <= 300);
            back.addAll(MessageCodec.decode(frame));
        }
        assertEquals(messages, back);
    }

    @Test
    void aMessageLongerThanTheLimitHasAFrameOfItsOwn() {
        List<Message> messages = List.of(
                new Message.HighWaterRequest(1), new Message.Formed(MEMBERSHIP), new Message.HighWaterRequest(2));
        assertEquals(3, MessageCodec.encode(messages, 20).size());
    }

    @Test
    void aFrameThatWasCutOrChangedIsRefusedOrReadAndNeverHarms() {
        byte[] frame = MessageCodec.encode(oneOfEach(), 1 << 20).getFirst();
        for (int length = 0; length < frame.length; length++) {
            readOrRefuse(Arrays.copyOf(frame, length));
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = frame.clone();
            for (int j = 0; j <= random.nextInt(4); j++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            try {
                readOrRefuse(changed);
            } catch (RuntimeException | OutOfMemoryError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static void readOrRefuse(byte[] frame) {
        try {
            MessageCodec.decode(frame);
        } catch (MalformedException e) {
            assertFalse(e.toString().endsWith("null"));
        }
    }

    @Test
    void aLengthBeyondTheFrameIsRefusedBeforeAnythingIsAllocated() {
        byte[] frame = {3, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, -1, -1, -1};
        assertThrows(MalformedException.class, () -> MessageCodec.decode(frame));
        byte[] negative = {3, 0, 0, 0, 0, 0, 0, 0, 1, -1, -1, -1, -1};
        assertThrows(MalformedException.class, () -> MessageCodec.decode(negative));
    }

    private static Told told() {
        StoreClock clock = new StoreClock();
        clock.add(new StoreClock.Dot(new NodeId(1), 40, 1));
        clock.add(new StoreClock.Dot(new NodeId(1), 40, 3));
        clock.add(new StoreClock.Dot(new NodeId(2), 41, 7));
        return new Told(36, 37, clock, Map.of(new NodeId(3), 38L));
    }
}
