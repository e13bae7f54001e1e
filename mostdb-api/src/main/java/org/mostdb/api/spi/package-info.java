/**
 * What a plugin implements, and what it is given. A plugin is a jar on the class path that names its
 * {@link org.mostdb.api.spi.StorageEngineProvider} or {@link org.mostdb.api.spi.ReplicationPolicyProvider} in
 * {@code META-INF/services}; {@code docs/writing-a-plugin.md} takes a reader through it. The contracts written here are
 * tested by the inherited test classes of {@code mostdb-testkit}.
 */
package org.mostdb.api.spi;
