package org.mostdb.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * The shared secret that a request shows in a header.
 *
 * @param headerName the name of the header
 * @param value the secret: printable ASCII characters without spaces
 */
record ApiKey(String headerName, String value) {

    /** Whether a header's value is the secret; takes equally long for all values of one length. */
    boolean matches(String candidate) {
        return MessageDigest.isEqual(
                value.getBytes(StandardCharsets.UTF_8), candidate.getBytes(StandardCharsets.UTF_8));
    }

    /** Leaves the secret out, so that it cannot get into a log. */
    @Override
    public String toString() {
        return "ApiKey[" + headerName + "]";
    }
}
