package org.mostdb.api;

/**
 * Names one write of one key: the replication policy gives it out, two writes never share it. Opaque to a caller, who
 * may compare it with {@code equals} and show it.
 */
public interface Version {

    /** A printable form without white space or quotes, at most 100 characters; equal versions give equal text. */
    String text();
}
