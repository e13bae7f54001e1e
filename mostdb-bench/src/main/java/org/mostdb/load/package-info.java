/**
 * The load tool, {@code ./mostdb bench}: asks the nodes of a cluster as clients do, over HTTP, and tells how fast they
 * answered. It knows nothing else of them.
 */
@NullMarked
package org.mostdb.load;

import org.jspecify.annotations.NullMarked;
