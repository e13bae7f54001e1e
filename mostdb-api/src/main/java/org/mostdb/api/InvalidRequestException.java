package org.mostdb.api;

/** The request itself is wrong: nothing was done, and trying again without a change is of no use. */
public final class InvalidRequestException extends MostDbException {

    private static final long serialVersionUID = 1L;

    /** @param message what is wrong, and what is allowed */
    public InvalidRequestException(String message) {
        super(message);
    }
}
