package org.mostdb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.mostdb.api.Bytes;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/** An engine and a sorted map are given the same random operations, and must never differ. */
abstract class EngineModelContract extends EngineLifecycleContract {

    private static final int STEPS = 1500;
    private static final int[] KEY_BYTES = {0x00, 0x01, 0x7f, 0x80, 0xff};

    /** Set to the seed that a failure printed, it replays that run. */
    private static final String SEED_PROPERTY = "mostdb.testkit.seed";

    private SortedMap<Bytes, Bytes> model = new TreeMap<>();

    @RepeatedTest(3)
    void behavesAsASortedMap() throws Exception {
        long seed = Long.getLong(SEED_PROPERTY, new SplittableRandom().nextLong());
        int step = 0;
        try {
            SplittableRandom random = new SplittableRandom(seed);
            StorageEngine engine = open();
            for (; step < STEPS; step++) {
                engine = step(engine, random);
            }
            assertEquals(model, all(engine));
        } catch (Throwable e) {
            throw new AssertionError(
                    "step " + step + " of seed " + seed + "; replay with -D" + SEED_PROPERTY + "=" + seed, e);
        }
    }

    private StorageEngine step(StorageEngine engine, SplittableRandom random) throws Exception {
        int dice = random.nextInt(1000);
        if (dice < 500) {
            write(engine, random);
        } else if (dice < 800) {
            Bytes key = key(random);
            assertEquals(
                    Optional.ofNullable(model.get(key)), engine.get(key.array()).map(Bytes::wrap));
        } else if (dice < 900) {
            scan(engine, random);
        } else if (dice < 990) {
            scanWhileWriting(engine, random);
        } else if (dice < 997) {
            engine.close();
            return open();
        } else {
            Path copy = folder.resolve("copy-" + random.nextLong());
            engine.checkpoint(copy);
            assertEquals(model, all(open(copy)));
        }
        return engine;
    }

    private void write(StorageEngine engine, SplittableRandom random) {
        WriteBatch batch = new WriteBatch();
        SortedMap<Bytes, Bytes> changed = new TreeMap<>(model);
        for (int i = random.nextInt(8); i > 0; i--) {
            Bytes key = key(random);
            if (random.nextInt(3) == 0) {
                batch.delete(key.array());
                changed.remove(key);
            } else {
                byte[] value = new byte[random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(20)];
                random.nextBytes(value);
                batch.put(key.array(), value);
                changed.put(key, Bytes.wrap(value));
            }
        }
        engine.write(batch, random.nextInt(20) == 0 ? Durability.SYNC : Durability.OS);
        model = changed;
    }

    private void scan(StorageEngine engine, SplittableRandom random) {
        Bytes from = random.nextInt(4) == 0 ? Bytes.EMPTY : key(random);
        Bytes to = random.nextInt(4) == 0 ? Bytes.EMPTY : key(random);
        assertEquals(range(from, to), all(engine, from.array(), to.array()), () -> "from " + from + " to " + to);
    }

    private SortedMap<Bytes, Bytes> range(Bytes from, Bytes to) {
        if (to.size() == 0) {
            return model.tailMap(from);
        }
        return from.compareTo(to) <= 0 ? model.subMap(from, to) : new TreeMap<>();
    }

    private void scanWhileWriting(StorageEngine engine, SplittableRandom random) {
        SortedMap<Bytes, Bytes> before = model;
        try (Scan scan = engine.scan(NO_BOUND, NO_BOUND)) {
            write(engine, random);
            write(engine, random);
            assertEquals(before, rest(scan));
        }
    }

    private static Bytes key(SplittableRandom random) {
        byte[] key = new byte[1 + random.nextInt(4)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) KEY_BYTES[random.nextInt(KEY_BYTES.length)];
        }
        return Bytes.wrap(key);
    }
}
