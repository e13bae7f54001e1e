package org.mostdb.server;

import java.io.IOException;
import java.io.Serial;

/** The peer sent what is no frame. */
final class FrameException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    FrameException(String message) {
        super(message);
    }
}
