package org.mostdb.testkit;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineStats;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;

/**
 * An engine whose batches are seen before they are durable, for as long as the simulation likes: {@link #write} shows
 * the batch and returns, and whoever runs the engine calls {@link #makeDurable} when the virtual disk has it, and tells
 * the node only then that its write is done. A crash keeps some first part of the batches that were not durable, and of
 * each batch all or nothing.
 *
 * <p>It outlives the crashes of its node: it is the disk, and what is open is always the same.
 */
public final class SimulatedDisk implements StorageEngine {

    /** A batch that a crash may still take back, and what it replaced. */
    private static final class Unsynced {

        private final long number;
        private final List<Map.Entry<byte[], Optional<byte[]>>> before = new ArrayList<>();

        private Unsynced(long number) {
            this.number = number;
        }
    }

    private final TreeMap<byte[], byte[]> visible = new TreeMap<>(Arrays::compareUnsigned);
    private final Deque<Unsynced> unsynced = new ArrayDeque<>();
    /** What damaged values were before: each by the very array that was put in its place. */
    private final IdentityHashMap<byte[], byte[]> beforeDamage = new IdentityHashMap<>();

    private @Nullable TreeMap<byte[], byte[]> setAside;
    private int replacements;
    private boolean isPutBack;
    private long written;
    private long toSync;
    private boolean failNext;
    private boolean failNextAfterShowing;

    @Override
    public Optional<byte[]> get(byte[] key) {
        return Optional.ofNullable(visible.get(key));
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        boolean fails = failNext;
        failNext = false;
        if (!fails || failNextAfterShowing) {
            show(batch);
        }
        if (fails) {
            throw new StorageException("the simulated disk failed to sync");
        }
        if (durability == Durability.SYNC) {
            toSync = written;
        }
    }

    private void show(WriteBatch batch) {
        Unsynced step = new Unsynced(++written);
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(byte[] key, byte[] value) {
                step.before.add(Map.entry(key, Optional.ofNullable(visible.put(key, value))));
            }

            @Override
            public void delete(byte[] key) {
                step.before.add(Map.entry(key, Optional.ofNullable(visible.remove(key))));
            }
        });
        unsynced.add(step);
    }

    /** The number of the last batch that was asked to be durable. */
    long toSync() {
        return toSync;
    }

    /** Whether a batch that was asked to be durable is not. */
    public boolean isSyncing() {
        return !unsynced.isEmpty() && unsynced.getFirst().number <= toSync;
    }

    /** The batches up to this number can no longer be lost. */
    void makeDurable(long number) {
        while (!unsynced.isEmpty() && unsynced.getFirst().number <= number) {
            unsynced.removeFirst();
        }
    }

    /** Lets the next write fail, after which nobody knows what is stored; {@code shown} says which. */
    void failNextWrite(boolean shown) {
        failNext = true;
        failNextAfterShowing = shown;
    }

    /** No write fails any more, and what is damaged is as it was. */
    void mend() {
        failNext = false;
        visible.replaceAll((key, value) -> healed(value));
        for (Unsynced step : unsynced) {
            step.before.replaceAll(
                    entry -> Map.entry(entry.getKey(), entry.getValue().map(this::healed)));
        }
    }

    private byte[] healed(byte[] value) {
        return beforeDamage.getOrDefault(value, value);
    }

    /** Flips a bit of one of the values, if there is any. */
    boolean damage(SeededRandom random) {
        List<byte[]> keys = new ArrayList<>(visible.keySet());
        if (keys.isEmpty()) {
            return false;
        }
        byte[] key = random.oneOf(keys);
        byte[] whole = Objects.requireNonNull(visible.get(key));
        if (whole.length == 0) {
            return false;
        }
        byte[] damaged = whole.clone();
        int bit = random.between(0, Byte.SIZE * whole.length - 1);
        damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        beforeDamage.put(damaged, healed(whole));
        visible.put(key, damaged);
        return true;
    }

    /** Whether it gives back a value that was never stored. */
    boolean isDamaged() {
        return visible.values().stream().anyMatch(beforeDamage::containsKey);
    }

    /**
     * Power is lost.
     *
     * @return how many batches were taken back
     */
    int crash(SeededRandom random) {
        int some = unsynced.size();
        int kept = some == 0 ? 0 : random.chance(0.6) ? 0 : random.between(0, some);
        for (int lost = some; lost > kept; lost--) {
            takeBack(visible, unsynced.removeLast());
        }
        unsynced.clear();
        failNext = false;
        toSync = written;
        return some - kept;
    }

    private static void takeBack(Map<byte[], byte[]> stored, Unsynced step) {
        for (Map.Entry<byte[], Optional<byte[]>> entry : step.before.reversed()) {
            entry.getValue()
                    .ifPresentOrElse(value -> stored.put(entry.getKey(), value), () -> stored.remove(entry.getKey()));
        }
    }

    /** Whether nothing is stored. */
    boolean isEmpty() {
        return visible.isEmpty();
    }

    /** What is durable now, and not damaged, as a disk of its own. */
    SimulatedDisk durableCopy() {
        SimulatedDisk copy = new SimulatedDisk();
        copy.replacements = replacements;
        copy.visible.putAll(visible);
        for (Unsynced step : unsynced.reversed()) {
            takeBack(copy.visible, step);
        }
        copy.visible.replaceAll((key, value) -> healed(value));
        return copy;
    }

    /** Whether a copy, which holds something, is of this disk and not of one that it has replaced. */
    boolean isStateOfThis(SimulatedDisk copy) {
        return !copy.isEmpty() && copy.replacements == replacements;
    }

    /** The disk goes back to an earlier state of itself. */
    void rollBack(SimulatedDisk copy) {
        visible.clear();
        unsynced.clear();
        visible.putAll(copy.visible);
        isPutBack = true;
    }

    /** Whether what is stored goes on from an earlier state, of this disk or one that was given up. */
    public boolean isPutBack() {
        return isPutBack;
    }

    /** The disk is replaced by an empty one. */
    void wipe() {
        mend();
        replacements++;
        isPutBack = false;
        setAside = new TreeMap<>(visible);
        visible.clear();
        unsynced.clear();
    }

    /** The disk that was replaced last is put back as it was then, if there is one. */
    boolean putBack() {
        TreeMap<byte[], byte[]> old = setAside;
        if (old == null) {
            return false;
        }
        wipe();
        visible.putAll(old);
        isPutBack = true;
        return true;
    }

    @Override
    public Scan scan(byte[] from, byte[] to) {
        Map<byte[], byte[]> range = new TreeMap<>(Arrays::compareUnsigned);
        range.putAll(to.length == 0 ? visible.tailMap(from, true) : visible.subMap(from, true, to, false));
        return new Walk(range.entrySet().iterator());
    }

    @Override
    public void checkpoint(Path directory) {
        throw new StorageException("a simulated disk has no files");
    }

    @Override
    public EngineStats stats() {
        return new EngineStats(visible.size(), Map.of());
    }

    @Override
    public void close() {
        // Nothing to give free: the simulation ends a node by a crash.
    }

    private static final class Walk implements Scan {

        private final Iterator<Map.Entry<byte[], byte[]>> entries;
        private Map.@Nullable Entry<byte[], byte[]> current;

        private Walk(Iterator<Map.Entry<byte[], byte[]>> entries) {
            this.entries = entries;
        }

        @Override
        public boolean next() {
            current = entries.hasNext() ? entries.next() : null;
            return current != null;
        }

        @Override
        public byte[] key() {
            return entry().getKey();
        }

        @Override
        public byte[] value() {
            return entry().getValue();
        }

        private Map.Entry<byte[], byte[]> entry() {
            if (current == null) {
                throw new NoSuchElementException("the walk stands at no key");
            }
            return current;
        }

        @Override
        public void close() {
            current = null;
        }
    }
}
