package org.mostdb.server;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One row of the table of settings.
 *
 * @param name of the environment variable
 * @param defaultValue what counts if it is not set
 * @param defaultText the default, for a reader
 * @param allowed what it may be, as the end of a sentence
 * @param meaning what it does, for a reader
 * @param secret whether its value must not be shown
 * @param parser gives the value of a text, or empty if it is not allowed
 */
record Setting<T>(
        String name,
        T defaultValue,
        String defaultText,
        String allowed,
        String meaning,
        boolean secret,
        Function<String, Optional<T>> parser) {

    /** The value of a text, or a refusal that says what is allowed. */
    T parse(String text) {
        return parser.apply(text).orElseThrow(() -> new StartRefusedException(refusal(text)));
    }

    private String refusal(String text) {
        return name + "=" + (secret ? "(not shown)" : text) + " is not allowed: it must be " + allowed + ".";
    }

    static <T> Setting<T> of(
            String name,
            T defaultValue,
            String defaultText,
            String allowed,
            String meaning,
            Function<String, Optional<T>> parser) {
        return new Setting<>(name, defaultValue, defaultText, allowed, meaning, false, parser);
    }

    /** A setting that may have no value at all. */
    static <T> Setting<Optional<T>> optional(
            String name, String defaultText, String allowed, String meaning, Function<String, Optional<T>> parser) {
        return of(name, Optional.empty(), defaultText, allowed, meaning, text -> {
            Optional<T> value = parser.apply(text);
            return value.isPresent() ? Optional.of(value) : Optional.empty();
        });
    }

    /** The same setting, whose value is not shown in any sentence. */
    Setting<T> keptSecret() {
        return new Setting<>(name, defaultValue, defaultText, allowed, meaning, true, parser);
    }

    static Setting<Long> number(String name, long defaultValue, long min, long max, String meaning) {
        return of(
                name,
                defaultValue,
                Long.toString(defaultValue),
                "a whole number from " + min + " to " + max,
                meaning,
                text -> wholeNumber(text).filter(n -> n >= min && n <= max));
    }

    static Setting<Boolean> flag(String name, boolean defaultValue, String meaning) {
        return of(
                name,
                defaultValue,
                Boolean.toString(defaultValue),
                "true or false",
                meaning,
                text -> switch (text.toLowerCase(Locale.ROOT)) {
                    case "true" -> Optional.of(true);
                    case "false" -> Optional.of(false);
                    default -> Optional.empty();
                });
    }

    /** One of the constants of an enum, in any case. */
    static <E extends Enum<E>> Setting<E> choice(String name, Class<E> type, E defaultValue, String meaning) {
        String all = Arrays.stream(type.getEnumConstants()).map(Setting::shown).collect(Collectors.joining(" or "));
        return of(
                name,
                defaultValue,
                shown(defaultValue),
                all,
                meaning,
                text -> Arrays.stream(type.getEnumConstants())
                        .filter(constant -> constant.name().equalsIgnoreCase(text))
                        .findFirst());
    }

    private static String shown(Enum<?> constant) {
        return constant instanceof LogLevel ? constant.name() : constant.name().toLowerCase(Locale.ROOT);
    }

    static Optional<Long> wholeNumber(String text) {
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
