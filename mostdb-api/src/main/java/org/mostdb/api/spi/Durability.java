package org.mostdb.api.spi;

/** What a write has survived once it returns. */
public enum Durability {

    /** Power loss: the batch is on the disk (fsync or equal). */
    SYNC,

    /** The end of the process: the batch is with the operating system, and power loss may take it. */
    OS
}
