package org.mostdb.load;

/** A header that is sent with each request, such as that of the API key. */
record Header(String name, String value) {

    /** Leaves the value out, which may be a secret. */
    @Override
    public String toString() {
        return "Header[" + name + "]";
    }
}
