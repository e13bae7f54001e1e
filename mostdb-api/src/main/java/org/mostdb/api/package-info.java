/**
 * The words of mostdb: what a value is, what a caller gets back, and what can go wrong. Needs the JDK only. No method
 * takes or returns null.
 *
 * <p>The interfaces that a plugin implements, and those it is given, are in {@link org.mostdb.api.spi}.
 */
package org.mostdb.api;
