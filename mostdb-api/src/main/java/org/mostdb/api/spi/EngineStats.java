package org.mostdb.api.spi;

import java.util.Map;

/**
 * What an engine can cheaply tell of itself.
 *
 * @param bytesOnDisk the size of its files
 * @param figures more figures under the engine's own dashed names with their unit, such as {@code block-cache-bytes};
 *     may be empty
 */
public record EngineStats(long bytesOnDisk, Map<String, Long> figures) {

    /** Copies the figures. */
    public EngineStats {
        figures = Map.copyOf(figures);
    }
}
