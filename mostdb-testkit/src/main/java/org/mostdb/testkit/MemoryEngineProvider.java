package org.mostdb.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;

/**
 * An engine that keeps everything in memory, for tests. What was written to a directory is there when it is opened
 * again by the same process: the directory holds a file with the name of its content, and nothing else.
 *
 * <p>It is no plugin on purpose: nobody should run a node with it by accident.
 */
public final class MemoryEngineProvider implements StorageEngineProvider {

    private static final String MARKER = "memory.store";
    private static final Map<String, MemoryEngine.Content> CONTENTS = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String format() {
        return "memory";
    }

    @Override
    public Set<String> options() {
        return Set.of();
    }

    @Override
    public StorageEngine open(EngineSettings settings) {
        Path directory = settings.directory();
        MemoryEngine.Content content = CONTENTS.get(contentName(directory));
        if (content == null) {
            throw new StorageException("the store in " + directory
                    + " was in the memory of a process that has ended; empty the directory");
        }
        if (!content.open.compareAndSet(false, true)) {
            throw new StorageException("the store in " + directory + " is already open; close it first");
        }
        return new MemoryEngine(this, directory, content);
    }

    private static String contentName(Path directory) {
        try {
            Path marker = directory.resolve(MARKER);
            if (Files.exists(marker)) {
                return Files.readString(marker, UTF_8);
            }
            try (var files = Files.list(directory)) {
                if (files.findAny().isPresent()) {
                    throw new StorageException(
                            "the directory " + directory + " holds files of another kind; choose an empty one");
                }
            }
            String name = UUID.randomUUID().toString();
            CONTENTS.put(name, new MemoryEngine.Content());
            Files.writeString(marker, name, UTF_8);
            return name;
        } catch (IOException e) {
            throw new StorageException("the directory " + directory + " cannot be used: " + e.getMessage(), e);
        }
    }
}
