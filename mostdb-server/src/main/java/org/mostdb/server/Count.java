package org.mostdb.server;

/** A number with its noun, for sentences. */
final class Count {

    private Count() {}

    /** Such as {@code 1 request} or {@code 2 requests}; for nouns whose plural ends with s only. */
    static String of(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
