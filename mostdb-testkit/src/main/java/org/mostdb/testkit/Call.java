package org.mostdb.testkit;

/**
 * What a client of a register asks.
 *
 * @param value only for a set, otherwise empty
 */
public record Call(Kind kind, String key, String value) {

    /** What it asks to do with the key. */
    public enum Kind {
        /** To tell its value. */
        GET,
        /** To give it a value. */
        SET,
        /** To make it absent. */
        DELETE
    }

    /** Asks for a key's value. */
    public static Call get(String key) {
        return new Call(Kind.GET, key, "");
    }

    /** Asks to set a key. */
    public static Call set(String key, String value) {
        return new Call(Kind.SET, key, value);
    }

    /** Asks to delete a key. */
    public static Call delete(String key) {
        return new Call(Kind.DELETE, key, "");
    }
}
