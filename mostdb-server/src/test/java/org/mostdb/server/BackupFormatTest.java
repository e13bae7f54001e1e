package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.mostdb.api.Bytes;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Backup;
import org.mostdb.testkit.MemoryScan;

class BackupFormatTest {

    private final TreeMap<Bytes, Bytes> cells = new TreeMap<>();
    private int blocks;

    private void fill(int count, int cellBytes) {
        Random random = new Random(7);
        for (int i = 0; i < count; i++) {
            byte[] cell = new byte[cellBytes];
            random.nextBytes(cell);
            cells.put(Bytes.utf8("key " + i), Bytes.wrap(cell));
        }
    }

    private List<byte[]> pieces() {
        List<byte[]> pieces = new ArrayList<>();
        Backup backup = new Backup(Map.of("cluster", "c1", "members", "3"), new MemoryScan(cells));
        try (BackupStream stream = new BackupStream(backup, "majority", Instant.EPOCH)) {
            for (byte[] piece = stream.next(); piece.length > 0; piece = stream.next()) {
                pieces.add(piece);
            }
            assertEquals(cells.size(), stream.cells());
        }
        return pieces;
    }

    private static byte[] joined(List<byte[]> pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        pieces.forEach(all::writeBytes);
        return all.toByteArray();
    }

    private BackupReader read(byte[] file) {
        try {
            return BackupReader.open("the file", new ByteArrayInputStream(file), reader -> blocks++);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String refusal(byte[] file) {
        return String.valueOf(
                assertThrows(StorageException.class, () -> read(file).readToEnd())
                        .getMessage());
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        fill(500, 1000);
        byte[] file = joined(pieces());

        TreeMap<Bytes, Bytes> found = new TreeMap<>();
        try (BackupReader reader = read(file)) {
            while (reader.next()) {
                found.put(Bytes.wrap(reader.key()), Bytes.wrap(reader.value()));
            }
            assertEquals("majority", reader.policy());
            assertEquals(Instant.EPOCH.toString(), reader.begun());
            assertEquals(Map.of("cluster", "c1", "members", "3"), reader.originOfPolicy());
            assertEquals(500, reader.cells());
            assertEquals(file.length, reader.bytes());
        }
        assertEquals(cells, found);
        assertTrue(blocks > 3, "it takes several blocks");
    }

    @Test
    void anEmptyStoreAndAnEmptyValueAreKept() {
        read(joined(pieces())).readToEnd();
        cells.put(Bytes.utf8("k"), Bytes.EMPTY);
        BackupReader reader = read(joined(pieces()));
        assertTrue(reader.next());
        assertArrayEquals(new byte[0], reader.value());
    }

    @Test
    void everyTruncationIsNoticed() {
        fill(3, 10);
        byte[] file = joined(pieces());
        for (int length = 0; length < file.length; length++) {
            String sentence = refusal(Arrays.copyOf(file, length));
            boolean isPlain = length < BackupFormat.BEGIN_BYTES
                    ? sentence.contains("no backup of mostdb") || sentence.contains("breaks off")
                    : sentence.contains("breaks off");
            assertTrue(isPlain, length + ": " + sentence);
        }
    }

    @Test
    void aPartThatIsMissingTwiceThereOrSwappedIsNoticed() {
        fill(500, 1000);
        List<byte[]> pieces = pieces();
        for (int i = 1; i < pieces.size(); i++) {
            List<byte[]> without = new ArrayList<>(pieces);
            without.remove(i);
            refusal(joined(without));
            refusal(joined(pieces.subList(0, i)));
            List<byte[]> twice = new ArrayList<>(pieces);
            twice.add(i, pieces.get(i));
            refusal(joined(twice));
        }
        List<byte[]> swapped = new ArrayList<>(pieces);
        swapped.set(1, pieces.get(2));
        swapped.set(2, pieces.get(1));
        refusal(joined(swapped));
    }

    @Test
    void everyFlippedBitIsNoticed() {
        fill(3, 10);
        byte[] file = joined(pieces());
        for (int bit = 0; bit < file.length * 8; bit++) {
            byte[] flipped = file.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            refusal(flipped);
        }
    }

    @Test
    void bytesBehindTheEndAreNoticed() {
        byte[] file = joined(pieces());
        assertTrue(refusal(Arrays.copyOf(file, file.length + 1)).contains("something follows its end"));
    }

    @Test
    void anotherVersionAndAnotherKindOfFileAreToldApart() {
        byte[] file = joined(pieces());
        file[BackupFormat.BEGIN_BYTES - 1] = 2;
        assertTrue(refusal(file).contains("format version 2, and this version of mostdb reads version 1"));
        assertTrue(refusal("some text of another program".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .contains("is no backup of mostdb"));
    }

    @Test
    void aStreamThatFailsIsToldWithItsReason() throws IOException {
        InputStream failing = InputStream.nullInputStream();
        failing.close();
        String sentence = String.valueOf(
                assertThrows(StorageException.class, () -> BackupReader.open("it", failing, reader -> {}))
                        .getMessage());
        assertTrue(sentence.contains("it cannot be read to its end (Stream closed)"), sentence);
    }

    @Test
    void anOriginThatCouldNotBeReadIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> BackupFormat.encodeOrigin(Map.of("a", "b\nc")));
        assertThrows(IllegalArgumentException.class, () -> BackupFormat.encodeOrigin(Map.of("a=", "b")));
    }
}
