package org.mostdb.api;

/** The replication policy in use cannot do this operation honestly. Nothing was done; another policy can. */
public final class UnsupportedByPolicyException extends MostDbException {

    private static final long serialVersionUID = 1L;

    /** @param message what was asked, and which policy can do it */
    public UnsupportedByPolicyException(String message) {
        super(message);
    }
}
