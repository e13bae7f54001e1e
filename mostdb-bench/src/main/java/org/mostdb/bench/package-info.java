/** Benchmarks, run by JMH: {@code ./mostdb jmh} is a quick pass over all of them. */
@NullMarked
package org.mostdb.bench;

import org.jspecify.annotations.NullMarked;
