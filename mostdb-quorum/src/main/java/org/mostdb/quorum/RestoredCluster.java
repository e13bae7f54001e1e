package org.mostdb.quorum;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.mostdb.api.Bytes;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Backup;
import org.mostdb.api.spi.Reformation;
import org.mostdb.api.spi.Scan;
import org.mostdb.api.spi.StorageEngine;

/**
 * A new cluster of what backups of another one hold, merged by tag. As with the stores themselves
 * ({@link ReformedCluster}), every write that was acknowledged before the first of them was begun is in one of them, if
 * they are of n - majority + 1 members.
 */
final class RestoredCluster implements Reformation {

    private final SequencedMap<String, Backup> backups;
    private final int size;

    private RestoredCluster(SequencedMap<String, Backup> backups, int size) {
        this.backups = backups;
        this.size = size;
    }

    static RestoredCluster of(SequencedMap<String, Backup> backups) {
        if (backups.isEmpty()) {
            throw new InvalidRequestException("there is nothing to make a new cluster from: name a backup");
        }
        Map.Entry<String, Backup> first = backups.firstEntry();
        String cluster = origin(first.getValue(), CellBackup.CLUSTER);
        backups.forEach((name, backup) -> {
            if (!origin(backup, CellBackup.CLUSTER).equals(cluster)) {
                throw new InvalidRequestException(first.getKey() + " is of cluster " + cluster + " and " + name
                        + " of cluster " + origin(backup, CellBackup.CLUSTER)
                        + ": a new cluster is made from backups of one cluster");
            }
        });
        try {
            return new RestoredCluster(backups, Integer.parseInt(origin(first.getValue(), CellBackup.MEMBERS)));
        } catch (NumberFormatException e) {
            throw new InvalidRequestException(first.getKey() + " does not say how many members its cluster had");
        }
    }

    private static long settled(Backup backup) {
        try {
            return Long.parseLong(origin(backup, CellBackup.SETTLED));
        } catch (NumberFormatException e) {
            throw new InvalidRequestException("a backup does not say which of its deletes are settled");
        }
    }

    private static String origin(Backup backup, String name) {
        return backup.origin().getOrDefault(name, "");
    }

    @Override
    public List<String> found() {
        return backups.entrySet().stream()
                .map(entry -> entry.getKey() + ": cluster " + origin(entry.getValue(), CellBackup.CLUSTER) + " of "
                        + size + (size == 1 ? " member" : " members") + ", node "
                        + origin(entry.getValue(), CellBackup.NODE))
                .toList();
    }

    @Override
    public String loss() {
        Set<String> nodes = new LinkedHashSet<>();
        backups.values().forEach(backup -> nodes.add(origin(backup, CellBackup.NODE)));
        int needed = size - (size / 2 + 1) + 1;
        String counted = "These are backups of " + nodes.size() + " of the " + size + " members";
        return nodes.size() >= needed
                ? counted + ", and every write that was acknowledged before the first was begun is in them."
                : counted + ", and " + needed + " are needed to be sure of every write that was acknowledged before:"
                        + " what only the other members held then is missing.";
    }

    @Override
    public long write(StorageEngine target, List<URI> peers, RandomGenerator random) {
        long settled = backups.values().stream()
                .mapToLong(RestoredCluster::settled)
                .max()
                .orElse(0);
        FounderStore founder = new FounderStore(target, settled);
        backups.forEach((name, backup) -> {
            Scan cells = backup.cells();
            while (cells.next()) {
                Bytes key = Bytes.wrap(cells.key());
                try {
                    founder.take(key, Cell.decode(key, cells.value().clone()), settled(backup));
                } catch (MalformedException e) {
                    throw new StorageException(
                            "the cell of key " + key + " in " + name + " is damaged: " + e.getMessage(), e);
                }
            }
            founder.endOfSource(0);
        });
        return founder.found(peers, random);
    }
}
