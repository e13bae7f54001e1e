package org.mostdb.api;

/**
 * The files of a store are damaged: what they hold cannot be trusted. Another try finds the same, so a caller may give
 * the store up and copy it anew, where others hold what it held. Never thrown for what may pass, such as a folder that
 * cannot be read, a full disk, or too many open files.
 */
public final class CorruptStoreException extends StorageException {

    private static final long serialVersionUID = 1L;

    /** @param message one sentence: which file is damaged, and what to do */
    public CorruptStoreException(String message) {
        super(message);
    }

    /**
     * @param message one sentence: what is damaged, and what to do
     * @param cause what showed it
     */
    public CorruptStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
