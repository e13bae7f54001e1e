package org.mostdb.api.spi;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.mostdb.api.InvalidRequestException;

/**
 * What an engine is opened with.
 *
 * @param directory exists and is writable; belongs to this engine alone, which may keep any files in it
 * @param options the engine's own settings under dashed names; only names in {@link StorageEngineProvider#options}
 */
public record EngineSettings(Path directory, Map<String, String> options) {

    /** Copies the options. */
    public EngineSettings {
        options = Map.copyOf(options);
    }

    /**
     * A whole number among the options.
     *
     * @throws InvalidRequestException if it is no number or out of bounds: one sentence that names the option, its
     *     value and what is allowed
     */
    public long number(String name, long defaultValue, long min, long max) {
        String text = options.get(name);
        if (text == null) {
            return defaultValue;
        }
        try {
            long value = Long.parseLong(text.strip());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Falls through to the sentence below, which says what is allowed.
        }
        throw new InvalidRequestException(
                "engine option " + name + "=" + text + ": allowed is a whole number from " + min + " to " + max);
    }

    /**
     * One of a few words among the options.
     *
     * @throws InvalidRequestException if it is another word: one sentence that names the option, its value and what is
     *     allowed
     */
    public String choice(String name, String defaultValue, List<String> allowed) {
        String text = options.getOrDefault(name, defaultValue).strip();
        if (allowed.contains(text)) {
            return text;
        }
        throw new InvalidRequestException(
                "engine option " + name + "=" + text + ": allowed is one of " + String.join(", ", allowed));
    }
}
