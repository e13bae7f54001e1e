package org.mostdb.server;

import org.jspecify.annotations.Nullable;

/** This node cannot start as it is configured. The message is one sentence for the operator: what to change. */
final class StartRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StartRefusedException(String message) {
        super(message);
    }

    StartRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
