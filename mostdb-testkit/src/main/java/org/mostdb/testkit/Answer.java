package org.mostdb.testkit;

/** What a client of a register learns. */
public sealed interface Answer {

    /** The write succeeded. */
    record Written() implements Answer {}

    /** The key has this value. */
    record Found(String value) implements Answer {}

    /** The key is absent. */
    record Absent() implements Answer {}

    /** Nothing was done, and nothing will be. */
    record NotApplied(String reason) implements Answer {}

    /** The write may have taken effect, may still do so, or never. */
    record Unknown(String reason) implements Answer {}
}
