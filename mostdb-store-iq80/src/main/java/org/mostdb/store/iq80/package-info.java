/** The provider of the pure Java LevelDB. */
@NullMarked
package org.mostdb.store.iq80;

import org.jspecify.annotations.NullMarked;
