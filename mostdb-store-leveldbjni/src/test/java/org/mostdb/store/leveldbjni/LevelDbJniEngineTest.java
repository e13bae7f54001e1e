package org.mostdb.store.leveldbjni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.testkit.StorageEngineContract;

final class LevelDbJniEngineTest extends StorageEngineContract {

    @Override
    protected StorageEngineProvider provider() {
        return new LevelDbJniProvider();
    }

    @Test
    void tellsHowManyTablesWaitForACompaction(@TempDir Path directory) {
        Map<String, String> smallBuffer = Map.of("write-buffer-mib", "1", "journal-mib", "0");
        try (StorageEngine engine = provider().open(new EngineSettings(directory, smallBuffer))) {
            assertEquals(0L, engine.stats().figures().get("level0-files"));
            Random random = new Random(1);
            long most = 0;
            for (int i = 0; i < 64; i++) {
                byte[] key = new byte[16];
                byte[] value = new byte[256 << 10];
                random.nextBytes(key);
                random.nextBytes(value);
                WriteBatch batch = new WriteBatch();
                batch.put(key, value);
                engine.write(batch, Durability.OS);
                most = Math.max(most, engine.stats().figures().getOrDefault("level0-files", -1L));
            }
            assertTrue(most > 0, "16 MiB went through level 0");
        }
    }
}
