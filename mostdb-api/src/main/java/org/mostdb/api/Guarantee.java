package org.mostdb.api;

/** What a replication policy promises. A caller that needs one asks for it by name before it relies on it. */
public enum Guarantee {

    /**
     * Every operation on a key takes effect at one instant between its call and its answer, on all nodes alike. Costs a
     * read at least one question to a majority.
     *
     * <p>Source: Herlihy and Wing, Linearizability, TOPLAS 1990.
     */
    LINEARIZABLE,

    /** A write can depend on the version that it replaces (compare-and-set). Needs consensus. */
    CONDITIONAL_WRITE,

    /** All writes of all keys have one order, which every node shows the same (revisions, gapless watch). */
    TOTAL_ORDER
}
