package org.mostdb.server;

/** A body that is not the JSON object with a key that it must be. */
final class InvalidBodyException extends Exception {

    private static final long serialVersionUID = 1L;

    InvalidBodyException(String message) {
        // Thrown once per wrong request; a stack trace would be the dearest part of it.
        super(message, null, false, false);
    }
}
