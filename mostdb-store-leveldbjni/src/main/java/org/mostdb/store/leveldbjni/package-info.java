/** The provider of the native LevelDB. */
@NullMarked
package org.mostdb.store.leveldbjni;

import org.jspecify.annotations.NullMarked;
