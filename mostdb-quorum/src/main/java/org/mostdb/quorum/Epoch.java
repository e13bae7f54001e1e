package org.mostdb.quorum;

/**
 * One life of a node, from a start to the next: what makes the tags of different lives different even if a crash or a
 * restored copy made the node forget which counters it has given out.
 *
 * @param number how often the node was started, from 1
 * @param random drawn at that start
 */
record Epoch(int number, long random) implements Comparable<Epoch> {

    /**
     * This life in one number, for messages: the epoch's number and half of its random bits, enough to tell the lives
     * of one node apart. A later life has a greater one.
     */
    long life() {
        return (long) number << Integer.SIZE | random >>> Integer.SIZE;
    }

    /** The number of the epoch that a {@link #life} belongs to. */
    static int numberOf(long life) {
        return (int) (life >> Integer.SIZE);
    }

    @Override
    public int compareTo(Epoch other) {
        int byNumber = Integer.compare(number, other.number);
        return byNumber != 0 ? byNumber : Long.compare(random, other.random);
    }
}
