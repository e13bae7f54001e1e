package org.mostdb.api.spi;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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

    /** The setting of the server that gives an option: {@code MOSTDB_ENGINE_CACHE_MIB} for {@code cache-mib}. */
    public static String variable(String option) {
        return "MOSTDB_ENGINE_" + option.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /**
     * A whole number among the options.
     *
     * @throws InvalidRequestException if it is no number or out of bounds: one sentence that names the setting, its
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
        throw notAllowed(name, text, "a whole number from " + min + " to " + max);
    }

    /**
     * One of a few words among the options.
     *
     * @throws InvalidRequestException if it is another word: one sentence that names the setting, its value and what is
     *     allowed
     */
    public String choice(String name, String defaultValue, List<String> allowed) {
        String text = options.getOrDefault(name, defaultValue).strip();
        if (allowed.contains(text)) {
            return text;
        }
        throw notAllowed(name, text, "one of " + String.join(", ", allowed));
    }

    private static InvalidRequestException notAllowed(String name, String text, String allowed) {
        return new InvalidRequestException(
                variable(name) + "=" + text + " is not allowed: it must be " + allowed + ".");
    }
}
