/** Real clusters of real processes, the faults that are thrown at them, and the load that must not notice. */
@NullMarked
package org.mostdb.faults;

import org.jspecify.annotations.NullMarked;
