package org.mostdb.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** What happens between processes. */
final class NetworkFaults {

    private static final int SHORTEST_DELAY_MILLIS = 5;
    private static final int LONGEST_DELAY_MILLIS = 200;

    private NetworkFaults() {}

    /** From one node to another. */
    private record Way(int from, int to) {}

    static Optional<Fault> partition(Site site) {
        Set<Integer> part = part(site);
        List<Way> ways = between(site, part);
        ways.addAll(ways.stream().map(way -> new Way(way.to(), way.from())).toList());
        return affect(site, part + " cut off", ways, way -> site.network().hold(way.from(), way.to()));
    }

    static Optional<Fault> oneWay(Site site) {
        Set<Integer> part = part(site);
        List<Way> ways = between(site, part);
        boolean mute = site.random().nextBoolean();
        if (!mute) {
            ways.replaceAll(way -> new Way(way.to(), way.from()));
        }
        return affect(
                site,
                part + (mute ? " not heard" : " deaf"),
                ways,
                way -> site.network().hold(way.from(), way.to()));
    }

    static Optional<Fault> slow(Site site) {
        Set<Integer> one = Set.of(site.random().between(1, site.size()));
        List<Way> ways = between(site, one);
        ways.addAll(ways.stream().map(way -> new Way(way.to(), way.from())).toList());
        Duration delay = Duration.ofMillis(site.random().between(SHORTEST_DELAY_MILLIS, LONGEST_DELAY_MILLIS));
        return affect(
                site,
                one + " slow by " + delay.toMillis() + " ms",
                ways,
                way -> site.network().delay(way.from(), way.to(), delay));
    }

    static Optional<Fault> cut(Site site) {
        Set<Integer> part = part(site);
        between(site, part).forEach(way -> site.network().cut(way.from(), way.to()));
        return Optional.of(new Broken(part));
    }

    /** Some of the nodes, but not all. */
    private static Set<Integer> part(Site site) {
        int count = site.random().between(1, site.size() - 1);
        Set<Integer> part = new HashSet<>();
        while (part.size() < count) {
            part.add(site.random().between(1, site.size()));
        }
        return part;
    }

    /** The ways that lead out of a part of the nodes. */
    private static List<Way> between(Site site, Set<Integer> part) {
        List<Way> ways = new ArrayList<>();
        for (int from : part) {
            for (int to = 1; to <= site.size(); to++) {
                if (!part.contains(to)) {
                    ways.add(new Way(from, to));
                }
            }
        }
        return ways;
    }

    private static Optional<Fault> affect(Site site, String what, List<Way> ways, Consumer<Way> effect) {
        if (ways.stream().anyMatch(way -> site.network().isAffected(way.from(), way.to()))) {
            return Optional.empty();
        }
        ways.forEach(effect);
        return Optional.of(new Affected("nodes " + what, site, ways));
    }

    /** Half of the time what was held arrives late, in the other half it is lost. */
    private record Affected(String what, Site site, List<Way> ways) implements Fault {

        @Override
        public void heal() {
            if (site.random().nextBoolean()) {
                ways.forEach(way -> site.network().cut(way.from(), way.to()));
            }
            ways.forEach(way -> site.network().open(way.from(), way.to()));
        }
    }

    private record Broken(Set<Integer> part) implements Fault {

        @Override
        public String what() {
            return "connections of nodes " + part + " broken";
        }

        @Override
        public void heal() {
            // The nodes dial anew by themselves.
        }
    }
}
