/**
 * What a plugin is tested with: its contract as inherited JUnit classes, an engine in memory, and an engine that fails
 * on demand. Never on the class path of a server.
 */
@NullMarked
package org.mostdb.testkit;

import org.jspecify.annotations.NullMarked;
