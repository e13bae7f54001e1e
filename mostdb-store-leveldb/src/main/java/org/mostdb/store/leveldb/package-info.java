/**
 * The storage engine over {@code org.iq80.leveldb.DB} that the native and the pure Java LevelDB share. Both read and
 * write the same files.
 */
@NullMarked
package org.mostdb.store.leveldb;

import org.jspecify.annotations.NullMarked;
