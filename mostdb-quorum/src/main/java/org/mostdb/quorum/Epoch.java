package org.mostdb.quorum;

/**
 * One life of a node, from a start to the next: what makes the tags of different lives different even if a crash or a
 * restored copy made the node forget which counters it has given out.
 *
 * @param number how often the node was started, from 1
 * @param random drawn at that start
 */
record Epoch(int number, long random) implements Comparable<Epoch> {

    @Override
    public int compareTo(Epoch other) {
        int byNumber = Integer.compare(number, other.number);
        return byNumber != 0 ? byNumber : Long.compare(random, other.random);
    }
}
