package org.mostdb.bench;

import java.util.Locale;

/**
 * What JMH measured.
 *
 * @param error half of the 99.9 % confidence interval around the value, or not a number if too few iterations tell none
 */
record Score(double value, double error, String unit) {

    /** Whether the two intervals have nothing in common. False if one of them is not known. */
    boolean isApartFrom(Score other) {
        return Math.abs(value - other.value) > error + other.error;
    }

    @Override
    public String toString() {
        String format = value < 10 ? "%,.3f" : value < 1000 ? "%,.1f" : "%,.0f";
        String interval = Double.isNaN(error) ? "" : " ± " + String.format(Locale.ROOT, format, error);
        return String.format(Locale.ROOT, format, value) + interval + " " + unit;
    }
}
