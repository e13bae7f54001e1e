package org.mostdb.api;

/**
 * A write was sent, and no majority acknowledged it in time: it may have been applied, may still be, or may never be.
 * The caller may read the key to learn which value won, or write again; writing the same value again is harmless.
 */
public final class OutcomeUnknownException extends MostDbException {

    private static final long serialVersionUID = 1L;

    /** @param message what was done and what is missing */
    public OutcomeUnknownException(String message) {
        super(message);
    }
}
