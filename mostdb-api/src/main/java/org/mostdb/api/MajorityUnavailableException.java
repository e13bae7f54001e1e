package org.mostdb.api;

/**
 * Too few members answered in time, and the operation was <em>not applied</em>: it changed nothing and never will. The
 * caller may try again, here or on another node.
 */
public final class MajorityUnavailableException extends MostDbException {

    private static final long serialVersionUID = 1L;

    private final int needed;
    private final int got;

    /**
     * @param needed the number of members that make a majority
     * @param got how many answered
     * @param reason why the others did not, in words
     */
    public MajorityUnavailableException(int needed, int got, String reason) {
        super("needed the answers of " + needed + " members, got " + got + ": " + reason);
        this.needed = needed;
        this.got = got;
    }

    /** The number of members that make a majority. */
    public int needed() {
        return needed;
    }

    /** The number of members that answered. */
    public int got() {
        return got;
    }
}
