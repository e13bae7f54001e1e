package org.mostdb.api;

import java.util.HexFormat;

/**
 * The identity of one node: 64 random bits that are drawn once and kept in its store, so a node is told by its data and
 * not by its address. Printed as 16 hexadecimal digits.
 *
 * @param bits the random bits; compared unsigned
 */
public record NodeId(long bits) implements Comparable<NodeId> {

    @Override
    public int compareTo(NodeId other) {
        return Long.compareUnsigned(bits, other.bits);
    }

    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(bits);
    }
}
