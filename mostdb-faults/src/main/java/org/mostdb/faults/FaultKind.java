package org.mostdb.faults;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What can be done to a cluster. */
enum FaultKind {
    /** One node ends without warning. */
    KILL(4, Rule.ANY_TIME, ProcessFaults::killOne),
    /** Just a majority ends without warning. */
    KILL_MAJORITY(2, Rule.ANY_TIME, ProcessFaults::killMajority),
    /** All end without warning. */
    KILL_ALL(1, Rule.ANY_TIME, ProcessFaults::killAll),
    /** One node is stopped as an operator does it. */
    STOP(1, Rule.ANY_TIME, ProcessFaults::stop),
    /** Nodes freeze, and go on later as if nothing had been. */
    PAUSE(3, Rule.ANY_TIME, ProcessFaults::pause),
    /** No message passes between two parts of the cluster. */
    PARTITION(3, Rule.ANY_TIME, NetworkFaults::partition),
    /** Messages pass in one direction only. */
    ONE_WAY(3, Rule.ANY_TIME, NetworkFaults::oneWay),
    /** All messages from and to one node take long. */
    SLOW(2, Rule.ANY_TIME, NetworkFaults::slow),
    /** Connections break, and may be made again at once. */
    CUT(2, Rule.ANY_TIME, NetworkFaults::cut),
    /** The disk of one node fills up. */
    FULL_DISK(2, Rule.ON_DISKS, DiskFaults::full),
    /** One node is started anew while its disk cannot be written. */
    READ_ONLY(1, Rule.ON_DISKS, DiskFaults::readOnly),
    /** Stores of a minority are deleted. */
    WIPE(2, Rule.WHEN_ALL_VOTE, StoreFaults::wipe),
    /** Stores of a minority are put back to how they were earlier. */
    OLD_COPY(1, Rule.ALONE, StoreFaults::oldCopy),
    /** Files of stores of a minority lose their ends. */
    TRUNCATE(1, Rule.ALONE, StoreFaults::truncate),
    /** A bit changes in files of stores of a minority. */
    FLIP(1, Rule.ALONE, StoreFaults::flip),
    /** All stores go back to how they were earlier: nothing survives that, so it has to be found. */
    ALL_OLD_COPIES(1, Rule.NOT_PROMISED, StoreFaults::allOldCopies);

    /** When it may be done, so that no more than what is promised is asked of the cluster. */
    enum Rule {
        /** Also while other faults last. */
        ANY_TIME,
        /** The same, if each node has a disk of its own. */
        ON_DISKS,
        /** When no other fault lasts and all members vote; others may follow before it is mended. */
        WHEN_ALL_VOTE,
        /**
         * The same, and all members stay up until it is mended: a store that went back is recognised by members that
         * are up.
         */
        ALONE,
        /** Never, except to see whether a violation is found; and then as the one before. */
        NOT_PROMISED
    }

    /** Does it; empty if it cannot be done now. */
    interface Injection {
        Optional<Fault> inject(Site site) throws IOException, InterruptedException;
    }

    private final int weight;
    private final Rule rule;

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a static method, all of them
    private final Injection injection;

    FaultKind(int weight, Rule rule, Injection injection) {
        this.weight = weight;
        this.rule = rule;
        this.injection = injection;
    }

    /** How often it is done, compared with others. */
    int weight() {
        return weight;
    }

    boolean needsDisks() {
        return rule == Rule.ON_DISKS;
    }

    /** Whether it waits for all other faults to be over and for all members to vote. */
    boolean waitsForAll() {
        return rule == Rule.WHEN_ALL_VOTE || isAlone();
    }

    /** Whether nothing else is done until it is mended. */
    boolean isAlone() {
        return rule == Rule.ALONE || rule == Rule.NOT_PROMISED;
    }

    Optional<Fault> inject(Site site) throws IOException, InterruptedException {
        return injection.inject(site);
    }

    /** Its name on the command line. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<FaultKind> of(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }

    /** All that a cluster has to survive. */
    static List<FaultKind> promised() {
        return Stream.of(values())
                .filter(kind -> kind.rule != Rule.NOT_PROMISED)
                .toList();
    }
}
