package org.mostdb.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.mostdb.testkit.SeededRandom;

/** Throws faults at a cluster, several at a time, as long as no more is asked of it than it promises. */
final class Tormentor {

    private static final Duration MEAN_GAP = Duration.ofSeconds(1);
    private static final Duration MEAN_LENGTH = Duration.ofSeconds(3);
    private static final Duration LONGEST = Duration.ofSeconds(20);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Members are asked no more often whether all vote. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** A fault that lasts. */
    private record Lasting(FaultKind kind, Fault fault, long untilNanos) {}

    private final Site site;
    private final SeededRandom random;
    private final RunLog log;
    private final List<FaultKind> possible = new ArrayList<>();

    /** What is still to come before each kind is done again, as often as it weighs. */
    private final Deque<FaultKind> deck = new ArrayDeque<>();

    private final List<Lasting> lasting = new ArrayList<>();
    private final Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);

    /** Waits until all other faults are over. */
    private Optional<FaultKind> next = Optional.empty();

    private long nextNanos;

    Tormentor(Site site, RunLog log) {
        this.site = site;
        this.random = site.random();
        this.log = log;
        for (FaultKind kind : site.options().kinds()) {
            if (!kind.needsDisks() || site.hasDisks()) {
                possible.addAll(Collections.nCopies(kind.weight(), kind));
            }
        }
        if (possible.isEmpty()) {
            throw new IllegalArgumentException(
                    "none of these faults is possible here: " + site.options().kinds());
        }
    }

    Map<FaultKind, Integer> counts() {
        return counts;
    }

    /** Begins faults for so long, and heals all of them. */
    void torment(Duration round) throws IOException, InterruptedException {
        nextNanos = System.nanoTime();
        long end = nextNanos + round.toNanos();
        while (System.nanoTime() - end < 0 || !lasting.isEmpty()) {
            healThatAreOver();
            checkThatAllRun();
            if (System.nanoTime() - end < 0 && System.nanoTime() - nextNanos >= 0) {
                nextNanos = System.nanoTime() + random.around(MEAN_GAP.toNanos());
                tryNext();
            }
            log.progress(lasting.size());
            LockSupport.parkNanos(STEP_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException("the run was ended from outside");
            }
        }
        next = Optional.empty();
    }

    private void tryNext() throws IOException, InterruptedException {
        FaultKind kind = next.orElseGet(this::draw);
        if (lasting.stream().anyMatch(other -> other.kind().isAlone())) {
            return;
        }
        if (kind.waitsForAll() && !(lasting.isEmpty() && site.allVote())) {
            next = Optional.of(kind);
            nextNanos = System.nanoTime() + LOOK_NANOS;
            return;
        }
        next = Optional.empty();
        Optional<Fault> fault = kind.inject(site);
        if (fault.isPresent()) {
            counts.merge(kind, 1, Integer::sum);
            log.note(kind.word() + ": " + fault.get().what());
            lasting.add(new Lasting(kind, fault.get(), System.nanoTime() + lengthNanos(kind)));
        } else {
            deck.addLast(kind);
        }
    }

    private FaultKind draw() {
        if (deck.isEmpty()) {
            List<FaultKind> left = new ArrayList<>(possible);
            while (!left.isEmpty()) {
                FaultKind drawn = random.oneOf(left);
                left.remove(drawn);
                deck.add(drawn);
            }
        }
        return deck.removeFirst();
    }

    private long lengthNanos(FaultKind kind) {
        if (kind.isAlone()) {
            return 0; // its healing waits for the cluster
        }
        if (kind == FaultKind.PAUSE) {
            long most = site.options().longestPause().minus(SHORTEST_PAUSE).toNanos();
            return SHORTEST_PAUSE.toNanos() + Math.min(Math.max(0, most), random.around(2 * MEAN_LENGTH.toNanos()));
        }
        return Math.min(LONGEST.toNanos(), random.around(MEAN_LENGTH.toNanos()));
    }

    private void healThatAreOver() throws IOException, InterruptedException {
        for (Iterator<Lasting> all = lasting.iterator(); all.hasNext(); ) {
            Lasting one = all.next();
            if (System.nanoTime() - one.untilNanos() >= 0) {
                one.fault().heal();
                all.remove();
                log.note("over: " + one.fault().what());
            }
        }
    }

    private void checkThatAllRun() {
        List<Integer> ended = site.endedByThemselves();
        if (!ended.isEmpty()) {
            throw new AssertionError("ended by themselves: nodes " + ended);
        }
    }
}
