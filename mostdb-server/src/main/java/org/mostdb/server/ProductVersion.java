package org.mostdb.server;

/** Which version this is. */
final class ProductVersion {

    private ProductVersion() {}

    /** From the jar's manifest; {@code development} where there is none. */
    static String text() {
        String version = ProductVersion.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
