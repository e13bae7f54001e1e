package org.mostdb.quorum;

/** Whether a majority of the members is up, and since when not. */
final class Majority {

    private final Report report;
    private final long patienceNanos;
    private boolean up;
    private long lostNanos;

    /** @param patienceNanos how long waiting may be of use once it is lost */
    Majority(Report report, long patienceNanos, long nowNanos) {
        this.report = report;
        this.patienceNanos = patienceNanos;
        this.lostNanos = nowNanos;
    }

    void update(boolean isUp, int voters, long nowNanos) {
        if (up && !isUp) {
            lostNanos = nowNanos;
            report.majorityLost(nowNanos);
        } else if (isUp && !up) {
            report.majorityUp(voters);
        }
        up = isUp;
    }

    boolean isUp() {
        return up;
    }

    /** Whether it is lost for so long that waiting is of no use. */
    boolean isLost(long nowNanos) {
        return !up && nowNanos - lostNanos > patienceNanos;
    }
}
