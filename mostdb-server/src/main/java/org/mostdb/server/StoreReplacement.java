package org.mostdb.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Puts a newly made store in the place of a data folder's present one, which is set aside. Used by whoever holds the
 * folder's lock.
 *
 * <p>The new one is made in {@code store-reforming/}, and that is called {@code store-reformed/} once all of it is on
 * the disk. This renaming decides: before, a crash leaves the present store as it was; after, whoever next opens the
 * data folder finishes the exchange first.
 */
final class StoreReplacement {

    private static final String UNDER_WAY = "store-reforming";
    private static final String READY = "store-reformed";

    private StoreReplacement() {}

    /** An empty folder to make the new store in; what an earlier attempt left there is gone. */
    static Path begin(Path root) throws IOException {
        Path folder = root.resolve(UNDER_WAY);
        if (Files.exists(folder)) {
            for (Path file : filesIn(folder)) {
                Files.delete(file);
            }
        }
        return Files.createDirectory(folder);
    }

    /** The new store is complete and closed, and takes the place. Returns where the one of before is now, if any. */
    static Optional<Path> commit(Path root) throws IOException {
        for (Path file : filesIn(root.resolve(UNDER_WAY))) {
            StoreDirectory.force(file);
        }
        Files.move(root.resolve(UNDER_WAY), root.resolve(READY), StandardCopyOption.ATOMIC_MOVE);
        StoreDirectory.force(root);
        return finish(root);
    }

    /** Whether there is a store that a new one would take the place of. */
    static boolean hasStore(Path root) throws IOException {
        Path present = root.resolve(StoreDirectory.STORE);
        return Files.exists(present) && filesIn(present).size() > 1; // the folder itself is one
    }

    /** Ends an exchange that was decided, if one is under way. Returns where the store of before is now. */
    static Optional<Path> finish(Path root) throws IOException {
        if (!Files.exists(root.resolve(READY))) {
            return Optional.empty();
        }
        Optional<Path> aside = Optional.empty();
        Path present = root.resolve(StoreDirectory.STORE);
        if (hasStore(root)) {
            aside = Optional.of(StoreDirectory.setAside(root));
        } else {
            Files.deleteIfExists(present); // an empty folder
        }
        // What was wrong with the store of before is not wrong with this one.
        Files.deleteIfExists(root.resolve(StoreDirectory.FAILED));
        StoreDirectory.force(root);
        Files.move(root.resolve(READY), present, StandardCopyOption.ATOMIC_MOVE);
        StoreDirectory.force(root);
        return aside;
    }

    /** All in a folder and the folder itself, which comes last. */
    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.sorted(Comparator.reverseOrder()).toList();
        }
    }
}
