package org.mostdb.load;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Times as users write them: a number with its unit. */
final class Times implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String text) {
        try {
            Duration time = Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
            if (time.isNegative()) {
                throw new TypeConversionException("'" + text + "' is no time: it must not be negative");
            }
            return time;
        } catch (DateTimeParseException e) {
            throw new TypeConversionException("'" + text + "' is no time: write 10s, 0.5s or 2m");
        }
    }

    static String text(Duration time) {
        return time.toString().substring(2).toLowerCase(Locale.ROOT);
    }
}
