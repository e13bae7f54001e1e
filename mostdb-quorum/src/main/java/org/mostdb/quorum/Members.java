package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.MemberState;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHello;

/**
 * Who belongs to the cluster, and who of them is up, as this node sees it.
 *
 * <p>The configured list only gives addresses. Who a member is, its store says: an id behind an address counts if it is
 * in the recorded membership, wherever it lives. {@link Forming} makes that record.
 */
final class Members {

    private static final int HEARTBEATS_PER_TIMEOUT = 5;
    private static final long FIRST_REMINDER_NANOS = 10_000_000_000L;
    private static final long REMINDER_NANOS = 60_000_000_000L;

    /** What is known of another node, member or not. */
    static final class Peer {

        final NodeId id;
        boolean connected;
        boolean voting;
        boolean formed;
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
    private final @Nullable NodeId[] atAddress;
    private final Map<NodeId, Peer> peers = new LinkedHashMap<>();
    private final long peerTimeoutNanos;
    private final long startNanos;
    private Optional<Membership> formed;
    private boolean failed;
    private boolean stranger;
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
     * @param formed the membership recorded in an earlier life
     */
    Members(
            Effects effects,
            NodeId self,
            Epoch epoch,
            List<URI> addresses,
            Optional<Membership> formed,
            long peerTimeoutNanos,
            long nowNanos) {
        this.effects = effects;
        this.self = self;
        this.epoch = epoch;
        this.addresses = List.copyOf(addresses);
        this.atAddress = new NodeId[addresses.size()];
        this.formed = formed;
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
        return formed.isPresent();
    }

    /** The recorded membership, once formed. */
    Optional<Membership> formed() {
        return formed;
    }

    /** The cluster is formed, and that is recorded. */
    void setFormed(Membership membership) {
        formed = Optional.of(membership);
        formedNanos = nowNanos;
        effects.note(Level.INFO, "cluster " + membership.clusterName() + " is formed of " + membership.members());
        peers.values().forEach(this::updateState);
        updateMajority();
    }

    /** A formed cluster at the addresses does not count this node among its members. */
    void setStranger() {
        stranger = true;
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
        return isFormed() && !failed;
    }

    boolean isMember(NodeId node) {
        return formed.isPresent() && formed.get().contains(node);
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
        for (NodeId id : atAddress) {
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
        atAddress[place] = null;
        if (id.equals(self)) {
            misconfigured(
                    addresses.get(place) + " leads back to this node, or to a copy of its store: name this node's own"
                            + " URL in MOSTDB_SERVER_URL if it stands in MOSTDB_CLUSTER_URLS, and never start a copied store");
            return;
        }
        for (int other = 0; other < addresses.size(); other++) {
            if (id.equals(atAddress[other]) && peer(id).connected) {
                misconfigured(addresses.get(other) + " and " + addresses.get(place)
                        + " in MOSTDB_CLUSTER_URLS lead to the same" + " node " + id + ": list every member once");
            }
        }
        atAddress[place] = id;
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
        return new Message.Heartbeat(isFormed(), isVoting(), ownSequence);
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
            if (id.equals(atAddress[place])) {
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
        if (stranger) {
            return "this node's store is new or another one, and the cluster has other members: see its log";
        }
        if (!isFormed()) {
            reasons.add("the cluster is not formed yet");
        }
        for (int place = 0; place < addresses.size(); place++) {
            NodeId id = atAddress[place];
            Peer peer = id == null ? null : peers.get(id);
            MemberState state = peer == null ? MemberState.UNKNOWN : peer.state;
            if (state != MemberState.UP) {
                reasons.add(addresses.get(place) + " is " + inWords(state));
            }
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
            NodeId id = atAddress[place];
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
