package org.mostdb.api.spi;

/** What there still is room for on this node's disk: each level allows what those after it allow. */
public enum Room {

    /** Everything. */
    AMPLE,

    /** No new values: the reserve has begun. Values that another member holds already may still be copied. */
    LOW,

    /** No values at all: deletes, and a policy's own small records. */
    SCARCE,

    /** Nothing: the engine needs what is left for its own files. */
    NONE;

    /** Whether there is at least as much as at another level. */
    public boolean allows(Room needed) {
        return compareTo(needed) <= 0;
    }
}
