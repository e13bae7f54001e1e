package org.mostdb.load;

import java.util.Optional;

/**
 * What a run found.
 *
 * @param measured without the warm-up
 * @param preload if there was one
 */
record LoadResult(LoadPlan plan, Stage measured, Optional<Stage> preload) {

    /**
     * A part of a run.
     *
     * @param seconds from its begin to its planned end, or to the last answer if that came later, no end was planned or
     *     it was stopped
     */
    record Stage(Tally tally, double seconds) {

        double perSecond(Tally.Row row) {
            return seconds > 0 ? row.answered() / seconds : 0;
        }
    }

    /** Whether every request was answered, and every connection could be made. */
    boolean isWithoutErrors() {
        return measured.tally().total().failed() == 0
                && preload.map(stage -> stage.tally().total().failed()).orElse(0L) == 0;
    }
}
