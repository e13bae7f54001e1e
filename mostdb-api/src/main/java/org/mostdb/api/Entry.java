package org.mostdb.api;

/**
 * A key that is present, as a read found it.
 *
 * @param key never empty
 * @param value may be empty
 * @param version names the write that stored the value
 */
public record Entry(Bytes key, Bytes value, Version version) {}
