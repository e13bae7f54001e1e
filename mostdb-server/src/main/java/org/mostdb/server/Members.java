package org.mostdb.server;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who the members are: this node, and the URLs of the others. Two URLs that lead to one node would give it two votes,
 * so URLs are also compared by what their names resolve to; one that does not resolve yet is compared by its text.
 *
 * @param self the URL under which the others reach this node, if it is set
 * @param peers the other members
 * @param listed whether the list contains this node
 */
record Members(Optional<URI> self, List<URI> peers, boolean listed) {

    /** More would make every operation wait for more answers than anybody wants to run machines for. */
    static final int MAX_MEMBERS = 9;

    Members {
        peers = List.copyOf(peers);
    }

    /** Finds the addresses of a host; throws if there are none now. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    int size() {
        return peers.size() + 1;
    }

    /** This node and the others, for the log. */
    String describe() {
        if (peers.isEmpty()) {
            return "a single node";
        }
        StringBuilder text = new StringBuilder("one of " + size() + " members: ")
                .append(self.map(url -> url + " (this node)").orElse("this node"));
        peers.forEach(url -> text.append(", ").append(url));
        return text.toString();
    }

    /**
     * What may be a mistake: this node has a URL, and a list without it, or none, and a list that is a whole cluster
     * without it.
     */
    Optional<String> doubt() {
        if (listed || peers.isEmpty()) {
            return Optional.empty();
        }
        String counts = " this node counts as one more member, " + size() + " in all";
        if (self.isPresent()) {
            return self.map(url -> "MOSTDB_SERVER_URL=" + url + " is not in MOSTDB_CLUSTER_URLS, so" + counts);
        }
        return peers.size() > 1 && size() % 2 == 0
                ? Optional.of("MOSTDB_SERVER_URL is not set, so" + counts
                        + "; if it is one of MOSTDB_CLUSTER_URLS, set it to that one")
                : Optional.empty();
    }

    /**
     * Reads the list of members.
     *
     * @param isLocal whether an address belongs to this machine
     * @throws StartRefusedException with one sentence, if an entry stands twice, is this node under a second URL, or
     *     there are too many
     */
    static Members of(Settings settings, Resolver resolver, Predicate<InetAddress> isLocal) {
        List<Place> others = new ArrayList<>();
        List<Place> all = new ArrayList<>();
        settings.serverUrl().ifPresent(url -> all.add(Place.of(url, resolver)));
        boolean selfListed = false;
        for (URI url : settings.clusterUrls()) {
            if (settings.serverUrl().filter(url::equals).isPresent() && !selfListed) {
                selfListed = true;
                continue;
            }
            Place place = Place.of(url, resolver);
            for (Place earlier : all) {
                if (earlier.sameAs(place)) {
                    throw twice(settings, earlier, place);
                }
            }
            if (place.leadsTo(settings.serverPort(), isLocal)) {
                throw new StartRefusedException("MOSTDB_CLUSTER_URLS lists " + url + ", which is this node itself: "
                        + "set MOSTDB_SERVER_URL=" + url + ", or take it out of the list.");
            }
            all.add(place);
            others.add(place);
        }
        if (others.size() + 1 > MAX_MEMBERS) {
            throw new StartRefusedException("MOSTDB_CLUSTER_URLS makes a cluster of " + (others.size() + 1)
                    + " members: at most " + MAX_MEMBERS + " are allowed.");
        }
        return new Members(settings.serverUrl(), others.stream().map(Place::url).toList(), selfListed);
    }

    private static StartRefusedException twice(Settings settings, Place earlier, Place place) {
        if (settings.serverUrl().filter(earlier.url()::equals).isPresent()) {
            return new StartRefusedException("MOSTDB_CLUSTER_URLS lists " + place.url()
                    + ", which is this node (MOSTDB_SERVER_URL=" + earlier.url()
                    + ") under a second URL: write the same URL in both.");
        }
        String how = earlier.url().equals(place.url())
                ? place.url() + " twice"
                : earlier.url() + " and " + place.url() + ", which lead to the same node";
        return new StartRefusedException("MOSTDB_CLUSTER_URLS lists " + how + ": each member must be there once.");
    }

    /** A URL with what its host resolves to; all loopback addresses count as one, since a node listens on them all. */
    private record Place(URI url, Set<InetAddress> addresses, boolean loopback) {

        static Place of(URI url, Resolver resolver) {
            Set<InetAddress> addresses = new HashSet<>();
            boolean loopback = false;
            try {
                for (InetAddress address : resolver.resolve(url.getHost())) {
                    addresses.add(address);
                    loopback |= address.isLoopbackAddress();
                }
            } catch (UnknownHostException e) {
                System.getLogger(Members.class.getName())
                        .log(System.Logger.Level.DEBUG, "{0} does not resolve yet", url.getHost());
            }
            return new Place(url, addresses, loopback);
        }

        boolean sameAs(Place other) {
            if (url.getPort() != other.url.getPort()) {
                return false;
            }
            return url.equals(other.url)
                    || (loopback && other.loopback)
                    || addresses.stream().anyMatch(other.addresses::contains);
        }

        boolean leadsTo(int port, Predicate<InetAddress> isLocal) {
            return url.getPort() == port && (loopback || addresses.stream().anyMatch(isLocal));
        }
    }
}
