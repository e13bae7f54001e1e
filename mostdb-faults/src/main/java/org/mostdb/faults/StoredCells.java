package org.mostdb.faults;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What one node holds, as its backup shows it: no majority is asked, and nothing is changed by looking. */
final class StoredCells {

    private static final int BEGIN_BYTES = 12;
    private static final byte BLOCK = 'b';
    private static final byte END = 'e';

    private StoredCells() {}

    /** The cells by key, opaque but comparable; empty if the node gives no backup now. */
    static Optional<Map<String, String>> of(HttpClient http, ServerProcess node) {
        HttpRequest request =
                HttpRequest.newBuilder(node.url().resolve("/v1/backup")).build();
        try {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return response.statusCode() == 200 ? Optional.of(read(response.body())) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> read(byte[] backup) throws IOException {
        Map<String, String> cells = new TreeMap<>();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(backup));
        in.skipNBytes(BEGIN_BYTES);
        for (byte kind = in.readByte(); kind != END; kind = in.readByte()) {
            byte[] payload = new byte[in.readInt()];
            in.skipNBytes(Integer.BYTES);
            in.readFully(payload);
            in.skipNBytes(Integer.BYTES);
            if (kind == BLOCK) {
                readBlock(payload, cells);
            }
        }
        return cells;
    }

    private static void readBlock(byte[] payload, Map<String, String> cells) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload));
        while (in.available() > 0) {
            String key = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            cells.put(key, HexFormat.of().formatHex(in.readNBytes(in.readInt())));
        }
    }
}
