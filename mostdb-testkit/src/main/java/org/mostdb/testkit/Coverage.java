package org.mostdb.testkit;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often each thing that a simulation attacks with really happened. What never happened was not tested. */
public final class Coverage {

    private final Map<String, Long> counts = new TreeMap<>();

    /** It happened once more. */
    public void count(String what) {
        count(what, 1);
    }

    /** It happened so many times more. */
    public void count(String what, long times) {
        if (times > 0) {
            counts.merge(what, times, Long::sum);
        }
    }

    /** How often it happened. */
    public long of(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** Adds the counts of another run. */
    public void add(Coverage other) {
        other.counts.forEach(this::count);
    }

    /** Those of a list that never happened. */
    public List<String> missing(Collection<String> wanted) {
        return wanted.stream().filter(what -> of(what) == 0).toList();
    }

    /** One line for each, in the order of their names. */
    @Override
    public String toString() {
        StringBuilder lines = new StringBuilder();
        counts.forEach((what, times) -> lines.append(String.format("%,14d  %s%n", times, what)));
        return lines.toString();
    }
}
