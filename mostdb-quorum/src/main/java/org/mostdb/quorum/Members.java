package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.MemberState;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.quorum.CellStore.MemberRecord;

/**
 * Who belongs to the cluster, and who of them is up, as this node sees it.
 *
 * <p>The configured list only gives addresses. Who a member is, its store says: an id behind an address counts if it is
 * in the recorded membership, wherever it lives. {@link Forming} makes that record, and {@link Recovery} changes it.
 */
final class Members {

    /** What an operator can do when too many members lost their stores. */
    static final String WHAT_NOW = "bring back one of the lost stores, or make a new cluster from what is left:"
            + " ./mostdb reform, see the README";

    private static final int HEARTBEATS_PER_TIMEOUT = 5;
    private static final long FIRST_REMINDER_NANOS = 10_000_000_000L;
    private static final long REMINDER_NANOS = 60_000_000_000L;

    /** What is known of another node, member or not. */
    static final class Peer {

        final NodeId id;
        boolean connected;
        boolean voting;
        boolean formed;
        boolean withoutCluster;
        long epoch;
        long lastHeardNanos;
        long sequence;
        MemberState state = MemberState.UNKNOWN;
        long sinceNanos;

        private Peer(NodeId id) {
            this.id = id;
        }
    }

    private final Effects effects;
    private final NodeId self;
    private final Epoch epoch;
    private final List<URI> addresses;
    private final AddressBook book;
    private final Replica replica;
    private final Map<NodeId, Peer> peers = new LinkedHashMap<>();
    private final long peerTimeoutNanos;
    private final long startNanos;
    private final Set<NodeId> replaced = new HashSet<>();
    private @Nullable Membership recorded;
    private @Nullable Membership view;
    private boolean failed;
    private @Nullable String recovering;
    private long formedNanos;
    private long nowNanos;
    private long nextHeartbeatNanos;
    private long ownSequence;
    private long majorityLostNanos;
    private long nextReminderNanos;
    private List<NodeId> cameUp = new ArrayList<>();
    private boolean majorityUp;

    /**
     * @param addresses of the other members, as configured
     * @param store just opened; its records of an earlier life are taken over
     */
    Members(
            Effects effects,
            Replica replica,
            CellStore store,
            List<URI> addresses,
            long peerTimeoutNanos,
            long nowNanos) {
        this.effects = effects;
        this.replica = replica;
        this.self = store.node();
        this.epoch = store.epoch();
        this.addresses = List.copyOf(addresses);
        this.book = new AddressBook(replica, addresses, store.met());
        store.cluster().ifPresent(this::setView);
        this.recorded = view;
        this.peerTimeoutNanos = peerTimeoutNanos;
        this.startNanos = nowNanos;
        this.nowNanos = nowNanos;
        this.nextHeartbeatNanos = nowNanos;
        this.majorityLostNanos = nowNanos;
        this.nextReminderNanos = nowNanos + FIRST_REMINDER_NANOS;
        this.formedNanos = nowNanos;
    }

    NodeId self() {
        return self;
    }

    Epoch epoch() {
        return epoch;
    }

    boolean isFormed() {
        return view != null;
    }

    /** The members, with all that was heard of them since they were recorded; empty as long as none is recorded. */
    Optional<Membership> formed() {
        return Optional.ofNullable(view);
    }

    /** As {@link #formed}, for one that is. */
    Membership view() {
        return Objects.requireNonNull(view, "not formed");
    }

    /** What of that is on disk. */
    Membership recorded() {
        return Objects.requireNonNull(recorded, "not formed");
    }

    private void setView(Membership members) {
        view = members;
        replica.setView(members);
    }

    /**
     * Takes in what another node knows.
     *
     * @return the ids that are members no more
     */
    List<NodeId> learn(Membership other) {
        Membership before = view;
        if (before == null || !before.isOfSameClusterAs(other)) {
            return List.of();
        }
        Membership merged = before.merge(other);
        if (merged.equals(before)) {
            return List.of();
        }
        setView(merged);
        replica.record(
                MemberRecord.CLUSTER,
                merged.encoded(),
                () -> recorded = recorded().merge(merged));
        List<NodeId> gone = new ArrayList<>();
        for (int place = 0; place < merged.size(); place++) {
            NodeId old = before.member(place).id();
            if (!merged.contains(old)) {
                gone.add(old);
                replaced.add(old);
                book.replaced(old, merged.member(place).id());
                effects.note(
                        Level.INFO, "member " + old + " lost its store, and is replaced by " + merged.member(place));
            }
        }
        book.meet(merged);
        peers.values().forEach(this::updateState);
        updateMajority();
        return gone;
    }

    /** Whether this node was a member, and its place was given to another. */
    boolean isReplaced() {
        return replaced.contains(self);
    }

    /** Whether a node was a member, and its place was given to another. */
    boolean isReplaced(NodeId node) {
        return replaced.contains(node);
    }

    /** The place of the member whose store a node seems to have had; -1 if unknown. */
    int placeFor(NodeId node) {
        int known = view().placeOf(node);
        return known >= 0 ? known : book.placeFor(node, view(), self, this::isAnswering);
    }

    /** Whether a node lives, as far as this one can tell. */
    boolean isAnswering(NodeId node) {
        Peer peer = peers.get(node);
        return peer != null && peer.connected && nowNanos - peer.lastHeardNanos <= peerTimeoutNanos;
    }

    /** The nodes that can be reached now, members or not. */
    List<NodeId> inTouch() {
        return peers.values().stream()
                .filter(peer -> peer.connected)
                .map(peer -> peer.id)
                .toList();
    }

    /** At how many of the addresses a node lives that belongs to no cluster, though there is one. */
    int othersWithoutStore() {
        int without = 0;
        for (int address = 0; address < addresses.size(); address++) {
            NodeId id = book.at(address);
            Peer peer = id == null ? null : peers.get(id);
            without += peer != null && isAnswering(peer.id) && peer.withoutCluster ? 1 : 0;
        }
        return without;
    }

    /** These nodes are about to be proposed as the members. */
    void meetAll() {
        book.meetAll();
    }

    /** This node takes the place of a member whose store was lost; says how far it is. */
    void setRecovering(String progress) {
        recovering = progress;
    }

    boolean isRecovering() {
        return recovering != null && !isFormed() && !failed;
    }

    /** The cluster is formed, and that is recorded. */
    void setFormed(Membership membership) {
        setView(membership);
        recorded = membership;
        recovering = null;
        formedNanos = nowNanos;
        effects.note(Level.INFO, "cluster " + membership.clusterName() + " is formed of " + membership.members());
        book.meet(membership);
        peers.values().forEach(this::updateState);
        updateMajority();
    }

    /** This node's store has failed: it does not vote any more in this life. */
    void setFailed() {
        failed = true;
        beat();
        updateMajority();
    }

    boolean isFailed() {
        return failed;
    }

    /** Whether this node's answers count. */
    boolean isVoting() {
        return isFormed() && !failed && !isReplaced();
    }

    boolean isMember(NodeId node) {
        return view != null && view.contains(node);
    }

    /** The size of a majority of the configured members, which are as many as the recorded ones. */
    int majority() {
        return (addresses.size() + 1) / 2 + 1;
    }

    /** The other members that are up. */
    List<NodeId> othersUp() {
        List<NodeId> up = new ArrayList<>(peers.size());
        for (Peer peer : peers.values()) {
            if (peer.state == MemberState.UP) {
                up.add(peer.id);
            }
        }
        return up;
    }

    /** How many members are up, with this node. */
    int votersUp() {
        return (isVoting() ? 1 : 0) + othersUp().size();
    }

    boolean isMajorityUp() {
        return majorityUp;
    }

    /** Whether too few members are up for so long that waiting is of no use. */
    boolean isMajorityLost() {
        return !majorityUp && nowNanos - majorityLostNanos > peerTimeoutNanos;
    }

    /** The ids at the configured addresses, if all are in touch and each names another node. */
    Optional<List<NodeId>> allInTouch() {
        List<NodeId> ids = new ArrayList<>();
        for (int address = 0; address < addresses.size(); address++) {
            NodeId id = book.at(address);
            Peer peer = id == null ? null : peers.get(id);
            if (peer == null || !peer.connected || ids.contains(id)) {
                return Optional.empty();
            }
            ids.add(peer.id);
        }
        return Optional.of(ids);
    }

    /** The node at an address has named itself. */
    void connected(int place, PeerHello hello) {
        NodeId id = hello.node();
        book.put(place, null);
        if (id.equals(self)) {
            misconfigured(
                    addresses.get(place) + " leads back to this node, or to a copy of its store: name this node's own"
                            + " URL in MOSTDB_SERVER_URL if it stands in MOSTDB_CLUSTER_URLS, and never start a copied store");
            return;
        }
        for (int other = 0; other < addresses.size(); other++) {
            if (id.equals(book.at(other)) && peer(id).connected) {
                misconfigured(addresses.get(other) + " and " + addresses.get(place)
                        + " in MOSTDB_CLUSTER_URLS lead to the same" + " node " + id + ": list every member once");
            }
        }
        book.put(place, id);
        if (view != null) {
            book.meet(view);
        }
        greeted(hello);
    }

    private void misconfigured(String reason) {
        // A running cluster is not ended by an address that changed its meaning; a new one would form wrongly.
        if (isFormed()) {
            effects.note(Level.ERROR, reason);
        } else {
            effects.stop(reason);
        }
    }

    /** A node has connected to this one. */
    void accepted(PeerHello hello) {
        if (!hello.node().equals(self)) {
            greeted(hello);
        }
    }

    private void greeted(PeerHello hello) {
        Peer peer = peer(hello.node());
        peer.connected = true;
        peer.epoch = hello.epoch();
        effects.send(peer.id, heartbeat());
    }

    /** No connection to a node is left. */
    void disconnected(NodeId node) {
        Peer peer = peers.get(node);
        if (peer != null) {
            peer.connected = false;
            updateState(peer);
        }
    }

    /** Something came from a node. */
    void heard(NodeId from) {
        Peer peer = peers.get(from);
        if (peer != null) {
            peer.lastHeardNanos = nowNanos;
        }
    }

    /** A node has told its state. */
    void onHeartbeat(NodeId from, Message.Heartbeat heartbeat) {
        Peer peer = peers.get(from);
        if (peer != null) {
            peer.formed = heartbeat.formed();
            peer.withoutCluster = !heartbeat.formed();
            peer.voting = heartbeat.voting();
            peer.sequence = heartbeat.sequence();
            updateState(peer);
        }
    }

    /** The members that came up since this was last asked. */
    List<NodeId> takeCameUp() {
        List<NodeId> taken = cameUp;
        if (!taken.isEmpty()) {
            cameUp = new ArrayList<>();
        }
        return taken;
    }

    private Peer peer(NodeId id) {
        return peers.computeIfAbsent(id, Peer::new);
    }

    /** Time passes: sends heartbeats, and notices who fell silent. */
    void tick(long now, long sequence) {
        nowNanos = now;
        if (now - nextHeartbeatNanos >= 0) {
            nextHeartbeatNanos = now + peerTimeoutNanos / HEARTBEATS_PER_TIMEOUT;
            ownSequence = sequence;
            beat();
        }
        peers.values().forEach(this::updateState);
        updateMajority();
        remind();
    }

    /** An operator who looks at the log of a node that does not serve must find why. */
    private void remind() {
        if (!majorityUp && nowNanos - nextReminderNanos >= 0) {
            effects.note(Level.WARNING, "not ready: " + whyNotAll());
            nextReminderNanos = nowNanos + REMINDER_NANOS;
        }
    }

    private Message.Heartbeat heartbeat() {
        return new Message.Heartbeat(view, isVoting(), ownSequence);
    }

    private void beat() {
        for (Peer peer : peers.values()) {
            if (peer.connected) {
                effects.send(peer.id, heartbeat());
            }
        }
    }

    private void updateState(Peer peer) {
        MemberState state = stateOf(peer);
        if (state != peer.state) {
            MemberState before = peer.state;
            peer.state = state;
            peer.sinceNanos = nowNanos;
            if (state == MemberState.UP) {
                cameUp.add(peer.id);
            }
            noteChange(peer, before);
            updateMajority();
        }
    }

    private MemberState stateOf(Peer peer) {
        if (peer.lastHeardNanos == 0 && !peer.connected) {
            return MemberState.UNKNOWN;
        }
        if (!peer.connected || peer.lastHeardNanos == 0 || nowNanos - peer.lastHeardNanos > peerTimeoutNanos) {
            return peer.state == MemberState.UNKNOWN ? MemberState.UNKNOWN : MemberState.DOWN;
        }
        if (isFormed() && !isMember(peer.id)) {
            return MemberState.STRANGER;
        }
        if (!peer.formed && view != null && view.member(view.placeOf(peer.id)).generation() > 0) {
            return MemberState.RECOVERING;
        }
        if (peer.voting) {
            return isFormed() ? MemberState.UP : MemberState.JOINING;
        }
        return peer.formed ? MemberState.FAILED : MemberState.JOINING;
    }

    private void noteChange(Peer peer, MemberState before) {
        String name = peer.id + placeOf(peer.id);
        switch (peer.state) {
            case UP -> effects.note(Level.INFO, "member " + name + " is up (epoch " + peer.epoch + ")");
            case DOWN -> {
                if (before == MemberState.UP) {
                    effects.note(Level.WARNING, "member " + name + " is down");
                }
            }
            case FAILED -> effects.note(Level.WARNING, "member " + name + " does not vote: its store has failed");
            case STRANGER ->
                effects.note(
                        Level.WARNING,
                        "node " + name + " is no recorded member of this cluster: its store is new or another one;"
                                + " its answers do not count");
            case RECOVERING -> effects.note(Level.INFO, "member " + name + " recovers, and does not vote yet");
            case UNKNOWN, JOINING -> effects.note(Level.DEBUG, "node " + name + " is " + peer.state);
        }
    }

    private void updateMajority() {
        boolean up = votersUp() >= majority();
        if (majorityUp && !up) {
            majorityLostNanos = nowNanos;
            nextReminderNanos = nowNanos + FIRST_REMINDER_NANOS;
            effects.note(Level.WARNING, "no majority of the members is up: " + whyNotAll());
        } else if (up && !majorityUp) {
            effects.note(Level.INFO, "ready: " + votersUp() + " of " + (addresses.size() + 1) + " members up");
        }
        majorityUp = up;
    }

    /** Where a node lives, in words; nothing as long as it was not reached there, but only called from there. */
    private String placeOf(NodeId id) {
        for (int place = 0; place < addresses.size(); place++) {
            if (id.equals(book.at(place))) {
                return " at " + addresses.get(place);
            }
        }
        return "";
    }

    private static String inWords(MemberState state) {
        return state == MemberState.UNKNOWN ? "not in touch yet" : state.name().toLowerCase(Locale.ROOT);
    }

    /** Which members are not up, in words. */
    String whyNotAll() {
        if (failed) {
            return "this node's store has failed";
        }
        StringJoiner reasons = new StringJoiner(", ");
        if (isReplaced()) {
            return "another node has this one's place in the cluster";
        }
        if (isRecovering()) {
            reasons.add("this node recovers, because its store is new: " + recovering);
        } else if (!isFormed()) {
            reasons.add("the cluster is not formed yet");
        }
        for (int place = 0; place < addresses.size(); place++) {
            NodeId id = book.at(place);
            Peer peer = id == null ? null : peers.get(id);
            MemberState state = peer == null ? MemberState.UNKNOWN : peer.state;
            if (state != MemberState.UP) {
                reasons.add(addresses.get(place) + " is " + inWords(state));
            }
        }
        if (isFormed() && !majorityUp && addresses.size() + 1 - othersWithoutStore() < majority()) {
            reasons.add("too many members lost their stores at once; " + WHAT_NOW);
        }
        return reasons.length() == 0 ? "all members are up, but slow" : reasons.toString();
    }

    /**
     * One line of a status.
     *
     * @param id absent where nobody has answered yet
     */
    record Line(Optional<NodeId> id, String address, MemberState state, long sinceNanos, long epoch, long heardNanos) {}

    /** The other members, in the order of the list. A time of 0 is none. */
    List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        for (int place = 0; place < addresses.size(); place++) {
            NodeId id = book.at(place);
            Peer peer = id == null ? null : peers.get(id);
            lines.add(
                    peer == null
                            ? new Line(
                                    Optional.empty(),
                                    addresses.get(place).toString(),
                                    MemberState.UNKNOWN,
                                    startNanos,
                                    0,
                                    0)
                            : new Line(
                                    Optional.of(peer.id),
                                    addresses.get(place).toString(),
                                    peer.state,
                                    peer.sinceNanos == 0 ? startNanos : peer.sinceNanos,
                                    peer.epoch,
                                    peer.lastHeardNanos));
        }
        return lines;
    }

    /** When this node came into its present state. */
    long formedNanos() {
        return formedNanos;
    }
}
