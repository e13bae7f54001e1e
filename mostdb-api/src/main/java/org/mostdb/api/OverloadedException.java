package org.mostdb.api;

/**
 * This node has as much work queued as it may. Nothing was done. The caller should wait a moment, then try again, here
 * or on another node.
 */
public final class OverloadedException extends MostDbException {

    private static final long serialVersionUID = 1L;

    /** @param message which limit was met */
    public OverloadedException(String message) {
        super(message);
    }
}
