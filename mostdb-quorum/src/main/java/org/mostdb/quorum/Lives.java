package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The lives of a node so far, and at which store sequence each began. With these a node that is told what another
 * remembers of it knows whether its store still holds all that. Immutable.
 *
 * @param lives the last one is the present one; the oldest are dropped beyond a limit
 */
record Lives(List<Life> lives) {

    /** More starts than a node has while another one does not hear of it. */
    private static final int LIMIT = 1000;

    private static final int LIFE_BYTES = Integer.BYTES + Long.BYTES + Long.BYTES;

    /**
     * One life.
     *
     * @param firstSequence the store sequence of the batch that recorded it
     */
    record Life(Epoch epoch, long firstSequence) {}

    Lives {
        lives = List.copyOf(lives);
    }

    static Lives decode(byte[] stored) {
        ByteBuffer from = ByteBuffer.wrap(stored);
        List<Life> lives = new ArrayList<>();
        while (from.hasRemaining()) {
            lives.add(new Life(new Epoch(from.getInt(), from.getLong()), from.getLong()));
        }
        return new Lives(lives);
    }

    byte[] encoded() {
        ByteBuffer to = ByteBuffer.allocate(lives.size() * LIFE_BYTES);
        lives.forEach(life ->
                to.putInt(life.epoch().number()).putLong(life.epoch().random()).putLong(life.firstSequence()));
        return to.array();
    }

    /** These lives and one more. */
    Lives next(long random, long firstSequence) {
        int number = lives.isEmpty() ? 1 : Math.addExact(present().number(), 1);
        List<Life> more = new ArrayList<>(lives.subList(Math.max(0, lives.size() + 1 - LIMIT), lives.size()));
        more.add(new Life(new Epoch(number, random), firstSequence));
        return new Lives(more);
    }

    Epoch present() {
        return lives.getLast().epoch();
    }

    /**
     * Whether the store holds all that another node remembers of it: it knows the life, and the next one began after
     * what was told in it.
     */
    boolean hold(Mark mark) {
        for (int i = 0; i < lives.size(); i++) {
            if (lives.get(i).epoch().life() == mark.life()) {
                return i == lives.size() - 1 || lives.get(i + 1).firstSequence() > mark.sequence();
            }
        }
        return Epoch.numberOf(mark.life()) < lives.getFirst().epoch().number();
    }
}
