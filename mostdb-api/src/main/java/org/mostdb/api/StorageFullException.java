package org.mostdb.api;

/**
 * This node's disk has come to its reserve. Nothing was done. Reads still work, and deletes do as long as some of the
 * reserve is left. The caller may try another node; it works here again once there is space.
 */
public final class StorageFullException extends MostDbException {

    private static final long serialVersionUID = 1L;

    /** @param message one sentence that tells what to do */
    public StorageFullException(String message) {
        super(message);
    }
}
