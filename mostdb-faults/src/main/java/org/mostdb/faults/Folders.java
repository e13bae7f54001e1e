package org.mostdb.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole folders of files. */
public final class Folders {

    private Folders() {}

    /** Deletes a folder and all in it. */
    public static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    /** Copies a folder to a place that does not exist yet, but for the parts of it that are named. */
    public static void copy(Path from, Path to, String... except) throws IOException {
        List<Path> left = Stream.of(except).map(from::resolve).toList();
        try (Stream<Path> files = Files.walk(from)) {
            files.filter(file -> left.stream().noneMatch(file::startsWith)).forEach(file -> {
                try {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    /** What in a folder has a part of its name like this, in order; nothing if there is no such folder. */
    static List<Path> list(Path folder, String name) throws IOException {
        if (Files.notExists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().contains(name))
                    .sorted()
                    .toList();
        }
    }
}
