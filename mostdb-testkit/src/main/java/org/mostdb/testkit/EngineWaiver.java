package org.mostdb.testkit;

/** A part of the contract that an engine cannot keep by its nature, and whose tests are skipped for it. */
public enum EngineWaiver {

    /** It keeps nothing on disk: no other process can hold its directory, and no file of it can be spoilt. */
    NOT_ON_DISK,

    /** It does not verify what it reads: a flipped bit in its files may go unnoticed. */
    NO_CHECKSUMS,

    /** It is not found by name, because it only stands before another engine. */
    NOT_A_PLUGIN
}
