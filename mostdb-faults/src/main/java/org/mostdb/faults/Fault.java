package org.mostdb.faults;

import java.io.IOException;

/** Something that was done to a cluster, and can be taken back. */
interface Fault {

    /** To whom it was done, and how, in a few words. */
    String what();

    /** Takes it back, as far as that is left to an operator: what a cluster mends by itself, it has to mend. */
    void heal() throws IOException, InterruptedException;
}
