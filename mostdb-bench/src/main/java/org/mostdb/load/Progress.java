package org.mostdb.load;

import java.time.Duration;
import java.util.Optional;

/** Is told how a run goes, on the thread that waits for it. */
interface Progress {

    /** How often {@link #show} is called. */
    Duration STEP = Duration.ofMillis(500);

    /** Tells nobody. */
    Progress NONE = new Progress() {
        @Override
        public void begin(String name, Optional<Duration> planned, long answered) {}

        @Override
        public void show(long answered, long failed) {}

        @Override
        public void end() {}
    };

    /** A stage begins, and takes so long if that is known. So many requests were answered before. */
    void begin(String name, Optional<Duration> planned, long answered);

    /** So many requests were answered, and have failed, since the run began. */
    void show(long answered, long failed);

    /** The stage is over. */
    void end();
}
