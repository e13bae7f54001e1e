package org.mostdb.api.spi;

import java.util.Set;

/**
 * A storage engine on the class path, found by {@link java.util.ServiceLoader}. Making one must be cheap and cannot
 * fail: nothing heavy, above all no native library, is loaded before {@link #open}.
 */
public interface StorageEngineProvider {

    /** The name by which it is chosen: lower-case letters, digits and dashes. */
    String name();

    /**
     * The name of the format of its files. Engines that can open each other's directories share it. A store directory
     * remembers it, and is refused to an engine of another format.
     */
    String format();

    /** The dashed names of the options that it knows. An option of another name stops the start. */
    Set<String> options();

    /**
     * Opens the engine, making a new store if the directory is empty.
     *
     * @throws org.mostdb.api.StorageException with one sentence, if the files are those of another format, are in use
     *     by another process or engine, or are corrupt, or if a native library does not load
     * @throws org.mostdb.api.InvalidRequestException with one sentence, if an option's value is not allowed
     */
    StorageEngine open(EngineSettings settings);
}
