package org.mostdb.load;

import java.util.Locale;

/** What is asked of a node: an operation of the seed API. */
enum Operation {
    SET,
    GET,
    DEL;

    /** Its name in the path, and in reports. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
