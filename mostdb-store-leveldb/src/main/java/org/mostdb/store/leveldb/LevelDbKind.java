package org.mostdb.store.leveldb;

/** What the adapter can leave to the LevelDB below it, and what it must do itself. */
public enum LevelDbKind {

    /** The C++ library: its compactions keep what open snapshots and running reads need. */
    NATIVE,

    /**
     * The port to Java: its compactions drop what a snapshot or a running read still needs, an interrupt in the wrong
     * place closes its files for good, and it never verifies the checksums of tables.
     */
    PURE_JAVA
}
