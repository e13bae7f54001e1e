package org.mostdb.bench;

/** The baseline cannot be used; the message is a sentence for whoever named it. */
final class InvalidBaselineException extends Exception {

    private static final long serialVersionUID = 1L;

    InvalidBaselineException(String message) {
        super(message);
    }
}
