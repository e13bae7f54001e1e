package org.mostdb.api;

/** The root of what mostdb throws. Each subclass says what the caller may do next. */
public abstract sealed class MostDbException extends RuntimeException
        permits StorageException,
                StorageFullException,
                MajorityUnavailableException,
                OutcomeUnknownException,
                OverloadedException,
                InvalidRequestException,
                UnsupportedByPolicyException {

    private static final long serialVersionUID = 1L;

    MostDbException(String message) {
        super(message);
    }

    MostDbException(String message, Throwable cause) {
        super(message, cause);
    }
}
