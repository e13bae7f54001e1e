package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.helidon.common.buffers.BufferData;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {

    private static final int MAX_BYTES = 300_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8192, 1_000_000})
    void whatIsWrittenIsReadInPiecesOfAnySize(int pieceBytes) throws IOException {
        Random random = new Random(7);
        List<byte[]> messages = new ArrayList<>();
        for (int size : List.of(0, 1, 3, 4, 5, 65_531, 65_532, 65_533, 65_535, 65_536, 65_537, 131_073, MAX_BYTES)) {
            byte[] message = new byte[size];
            random.nextBytes(message);
            messages.add(message);
            messages.add(new byte[] {(byte) size});
        }
        FrameReader reader = reader(written(messages), pieceBytes);
        for (byte[] message : messages) {
            assertArrayEquals(message, reader.next());
        }
        assertThrows(EOFException.class, reader::next);
    }

    @Test
    void manySmallMessagesShareOneWrite() throws IOException {
        List<Integer> writes = new ArrayList<>();
        FrameWriter writer = new FrameWriter((bytes, offset, length) -> writes.add(length));
        for (int i = 0; i < 100; i++) {
            writer.append(new byte[96]);
        }
        writer.flush();
        writer.flush();
        assertEquals(List.of(10_000), writes);
    }

    @Test
    void noWriteIsGreaterThanTheLimit() throws IOException {
        List<Integer> writes = new ArrayList<>();
        FrameWriter writer = new FrameWriter((bytes, offset, length) -> writes.add(length));
        writer.append(new byte[MAX_BYTES]);
        writer.append(new byte[70_000]);
        writer.flush();
        assertTrue(writes.stream().allMatch(length -> length <= FrameWriter.MAX_WRITE_BYTES), writes::toString);
        assertEquals(
                MAX_BYTES + 70_000 + 2 * Integer.BYTES,
                writes.stream().mapToInt(Integer::intValue).sum());
    }

    @ParameterizedTest
    @ValueSource(ints = {MAX_BYTES + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void aLengthThatIsNotAllowedIsRefusedBeforeAnythingIsAllocated(int length) {
        byte[] head = {(byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length};
        assertThrows(FrameException.class, () -> reader(head, 4).next());
    }

    private static byte[] written(List<byte[]> messages) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        FrameWriter writer = new FrameWriter(stream::write);
        for (byte[] message : messages) {
            writer.append(message);
        }
        writer.flush();
        return stream.toByteArray();
    }

    private static FrameReader reader(byte[] bytes, int pieceBytes) {
        int[] position = {0};
        return new FrameReader(
                () -> {
                    if (position[0] == bytes.length) {
                        throw new EOFException();
                    }
                    int end = Math.min(bytes.length, position[0] + pieceBytes);
                    BufferData piece = BufferData.create(Arrays.copyOfRange(bytes, position[0], end));
                    position[0] = end;
                    return piece;
                },
                MAX_BYTES);
    }
}
