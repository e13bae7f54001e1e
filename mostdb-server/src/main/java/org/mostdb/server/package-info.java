/**
 * One node as a process: settings, store directory, HTTP API, peer link, start and stop. It knows storage engines and
 * replication policies only by the interfaces of {@link org.mostdb.api.spi}, and finds them with
 * {@link java.util.ServiceLoader}.
 */
@NullMarked
package org.mostdb.server;

import org.jspecify.annotations.NullMarked;
