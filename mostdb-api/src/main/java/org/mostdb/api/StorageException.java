package org.mostdb.api;

/**
 * The storage engine could not do what it was asked: a failed read or write, a corrupt file, a directory that it cannot
 * open. After a failed write the state of its batch is unknown until the store is opened again; the caller must not
 * acknowledge it. The message is one sentence that an operator can act on.
 */
public sealed class StorageException extends MostDbException permits CorruptStoreException {

    private static final long serialVersionUID = 1L;

    /** @param message one sentence: what failed, where, and what to do */
    public StorageException(String message) {
        super(message);
    }

    /**
     * @param message one sentence: what failed, where, and what to do
     * @param cause what the engine threw
     */
    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }
}
