package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.MemberState;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.CellStore.MemberRecord;
import org.mostdb.quorum.Message.Levels;
import org.mostdb.quorum.Message.Standing;

/**
 * Who belongs to the cluster, and who of them is up, as this node sees it.
 *
 * <p>The configured list only gives addresses. Who a member is, its store says: an id behind an address counts if it is
 * in the recorded membership, wherever it lives. {@link Forming} makes that record, and {@link Recovery} changes it.
 */
final class Members {

    private static final int HEARTBEATS_PER_TIMEOUT = 5;

    private final Effects effects;
    private final NodeId self;
    private final Epoch epoch;
    private final Replica replica;
    private final Marks marks;
    private final Roster roster;
    private final Report report;
    private final List<URI> addresses;
    private final AddressBook book;
    private final ToLongFunction<NodeId> holdsOf;
    private final Supplier<Levels> levels;
    private final Map<NodeId, Peer> peers = new LinkedHashMap<>();
    private final long peerTimeoutNanos;
    private final Set<NodeId> checkedBy = new HashSet<>();
    private boolean checked;
    private boolean failed;
    private @Nullable String recovering;
    private long formedNanos;
    private long nowNanos;
    private long nextHeartbeatNanos;
    private List<NodeId> cameUp = new ArrayList<>();
    private final Majority upMajority;

    /**
     * @param holdsOf up to which store sequence of a member this node holds what that one holds
     * @param levels how far this node is with tombstones that nobody needs
     * @param addresses of the other members, as configured
     * @param store just opened; its records of an earlier life are taken over
     */
    Members(
            Effects effects,
            Replica replica,
            Marks marks,
            ToLongFunction<NodeId> holdsOf,
            Supplier<Levels> levels,
            CellStore store,
            List<URI> addresses,
            long peerTimeoutNanos,
            long nowNanos) {
        this.effects = effects;
        this.replica = replica;
        this.marks = marks;
        this.holdsOf = holdsOf;
        this.levels = levels;
        this.self = store.node();
        this.epoch = store.epoch();
        this.addresses = List.copyOf(addresses);
        this.book = new AddressBook(replica, addresses, store.recorded(MemberRecord.MET));
        this.roster = new Roster(replica, self, store.cluster());
        this.peerTimeoutNanos = peerTimeoutNanos;
        this.nowNanos = nowNanos;
        this.nextHeartbeatNanos = nowNanos;
        this.formedNanos = nowNanos;
        this.report = new Report(effects, this, addresses, nowNanos);
        this.upMajority = new Majority(report, peerTimeoutNanos, nowNanos);
    }

    NodeId self() {
        return self;
    }

    Epoch epoch() {
        return epoch;
    }

    /** Who the members are. */
    Roster roster() {
        return roster;
    }

    boolean isFormed() {
        return roster.isFormed();
    }

    boolean isMember(NodeId node) {
        return roster.contains(node);
    }

    /** Whether this node was a member, and its place was given to another. */
    boolean isReplaced() {
        return roster.isSelfReplaced();
    }

    /** What an operator is told. */
    Report report() {
        return report;
    }

    /**
     * Takes in what another node knows.
     *
     * @return the ids that are members no more
     */
    List<NodeId> learn(Membership other) {
        Optional<Membership> before = roster.formed();
        List<Integer> changed = roster.learn(other);
        if (changed.isEmpty()) {
            return List.of();
        }
        List<NodeId> gone = new ArrayList<>();
        for (int place : changed) {
            Member old = before.orElseThrow().member(place);
            Member successor = roster.view().member(place);
            gone.add(old.id());
            book.replaced(old.id(), successor.id());
            effects.note(
                    Level.INFO,
                    old.isVacant()
                            ? "a vacant place is taken by " + successor
                            : "member " + old.id() + " lost its store, and is replaced by " + successor);
        }
        membersChanged();
        return gone;
    }

    private void membersChanged() {
        roster.formed().ifPresent(members -> {
            marks.retain(members);
            replica.holdings().retain(members, replica.sequence());
            checkedBy.removeIf(node -> !members.contains(node));
            book.meet(members);
        });
        peers.values().forEach(this::updateState);
        updateMajority();
    }

    /** The place of the member whose store a node seems to have had; -1 if unknown. */
    int placeFor(NodeId node) {
        int known = roster.view().placeOf(node);
        return known >= 0 ? known : book.placeFor(node, roster.view(), self, this::isAnswering);
    }

    /** Whether a node lives, as far as this one can tell. */
    boolean isAnswering(NodeId node) {
        Peer peer = peers.get(node);
        return peer != null && peer.isAnswering(nowNanos, peerTimeoutNanos);
    }

    /** The nodes that can be reached now, members or not. */
    List<NodeId> inTouch() {
        return peers.values().stream()
                .filter(Peer::isConnected)
                .map(peer -> peer.id)
                .toList();
    }

    /** At how many of the addresses a node lives that belongs to no cluster, though there is one. */
    int othersWithoutStore() {
        int without = 0;
        for (int address = 0; address < addresses.size(); address++) {
            NodeId id = book.at(address);
            Peer peer = id == null ? null : peers.get(id);
            without += peer != null && isWithoutMemory(peer.id) ? 1 : 0;
        }
        return without;
    }

    /** Whether so few have their stores that no majority can be had. */
    boolean areTooManyWithoutStore() {
        // The vacant places of a reformed cluster are there to be taken.
        boolean isVacancy = roster.formed()
                .map(members -> members.members().stream().anyMatch(Member::isVacant))
                .orElse(false);
        return !isVacancy && addresses.size() + 1 - othersWithoutStore() < majority();
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
        return recovering() != null && !failed;
    }

    /** How far the recovery of this node is; null if it does not recover. */
    @Nullable
    String recovering() {
        return isFormed() ? null : recovering;
    }

    /** The cluster is formed, and that is recorded. */
    void setFormed(Membership membership) {
        roster.form(membership);
        recovering = null;
        formedNanos = nowNanos;
        effects.note(Level.INFO, "cluster " + membership.clusterName() + " is formed of " + membership.members());
        membersChanged();
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

    /** This node's disk has room for something else than before: the others are told at once. */
    void roomChanged() {
        beat();
    }

    /** Whether this node's own disk takes new values. */
    boolean hasRoomItself() {
        return replica.room().allows(Room.AMPLE);
    }

    /** How many members that are up, with this node, have less room than that on their disks. */
    int withoutRoomFor(Room needed) {
        int without = replica.room().allows(needed) ? 0 : 1;
        for (Peer peer : peers.values()) {
            without += peer.state == MemberState.UP && !peer.room().allows(needed) ? 1 : 0;
        }
        return without;
    }

    /** Whether so many disks are full that no majority can be had. */
    boolean areTooManyWithoutRoomFor(Room needed) {
        return addresses.size() + 1 - withoutRoomFor(needed) < majority();
    }

    /** Whether this node's answers count. */
    boolean isVoting() {
        return standing() == Standing.VOTING;
    }

    private Standing standing() {
        if (!isFormed()) {
            return Standing.UNFORMED;
        }
        if (isReplaced()) {
            return Standing.REPLACED;
        }
        if (failed) {
            return Standing.FAILED;
        }
        return checked ? Standing.VOTING : Standing.CHECKING;
    }

    /** Whether this node's store was compared with what the others remember of it, as far as they could be reached. */
    boolean isChecked() {
        return checked;
    }

    /** It was. */
    void setChecked() {
        checked = true;
        beat();
        updateMajority();
    }

    /** A member remembers more of this node than its store holds: its answers must not count from now on. */
    void setUnchecked() {
        checked = false;
        beat();
        updateMajority();
    }

    /** A member remembers nothing of this node that its store does not hold. */
    void setCheckedBy(NodeId member) {
        if (checkedBy.add(member)) {
            effects.send(member, heartbeat(member));
        }
    }

    /** Whether it has said so. */
    boolean isCheckedBy(NodeId member) {
        return checkedBy.contains(member);
    }

    /** The other members in touch that have not said so. */
    List<NodeId> othersUnchecked() {
        return roster.others().stream().filter(this::isToBeAsked).toList();
    }

    /** Whether a node is one of those. */
    boolean isToBeAsked(NodeId node) {
        Peer peer = peers.get(node);
        return isMember(node)
                && !checkedBy.contains(node)
                && peer != null
                && peer.isConnected()
                && peer.standing() != Standing.UNFORMED;
    }

    /** Whether each other member has said so, or lives and cannot, because it remembers nothing. */
    boolean noneToWaitFor() {
        return roster.others().stream().allMatch(node -> checkedBy.contains(node) || isWithoutMemory(node));
    }

    private boolean isWithoutMemory(NodeId node) {
        Peer peer = peers.get(node);
        return peer != null && peer.isAnswering(nowNanos, peerTimeoutNanos) && peer.isWithoutCluster();
    }

    /** Whether the answers that a node gives in one of its lives count here. */
    boolean isVoterIn(NodeId node, long life) {
        Peer peer = peers.get(node);
        return isMember(node) && peer != null && peer.isCheckedIn(life);
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

    /** Whether a member is up. */
    boolean isUp(NodeId node) {
        Peer peer = peers.get(node);
        return peer != null && peer.state == MemberState.UP;
    }

    /** How many members are up, with this node. */
    int votersUp() {
        return (isVoting() ? 1 : 0) + othersUp().size();
    }

    boolean isMajorityUp() {
        return upMajority.isUp();
    }

    /** Whether too few members are up for so long that waiting is of no use. */
    boolean isMajorityLost() {
        return upMajority.isLost(nowNanos);
    }

    /** The ids at the configured addresses, if all are in touch and each names another node. */
    Optional<List<NodeId>> allInTouch() {
        List<NodeId> ids = new ArrayList<>();
        for (int address = 0; address < addresses.size(); address++) {
            NodeId id = book.at(address);
            Peer peer = id == null ? null : peers.get(id);
            if (peer == null || !peer.isConnected() || ids.contains(id)) {
                return Optional.empty();
            }
            ids.add(peer.id);
        }
        return Optional.of(ids);
    }

    /** The node at an address has named itself. */
    void connected(int place, PeerHello hello) {
        NodeId id = hello.node();
        book.wrongAt(place, id, self, node -> peer(node).isConnected()).ifPresent(this::misconfigured);
        book.put(place, id.equals(self) ? null : id);
        if (id.equals(self)) {
            return;
        }
        roster.formed().ifPresent(book::meet);
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
        peer.greeted(hello.epoch());
        effects.send(peer.id, heartbeat(peer.id));
    }

    /** No connection to a node is left. */
    void disconnected(NodeId node) {
        Peer peer = peers.get(node);
        if (peer != null) {
            peer.disconnected();
            updateState(peer);
            // A node without a disk of its own comes with a new id at each start: these must not pile up.
            if (!isMember(node) && !book.isAtAnAddress(node)) {
                peers.remove(node);
            }
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
            boolean hadRoom = peer.room().allows(Room.AMPLE);
            peer.onHeartbeat(heartbeat);
            if (hadRoom != peer.room().allows(Room.AMPLE)) {
                report.roomChanged(peer);
            }
            heardSequence(from, heartbeat.life(), heartbeat.told().sequence());
            updateState(peer);
        }
    }

    /** A member has told how far its store is, as an answer that counts. */
    void heardSequence(NodeId from, long life, long sequence) {
        if (isVoterIn(from, life)) {
            marks.heard(from, life, sequence);
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
    void tick(long now) {
        nowNanos = now;
        if (now - nextHeartbeatNanos >= 0) {
            nextHeartbeatNanos = now + peerTimeoutNanos / HEARTBEATS_PER_TIMEOUT;
            beat();
        }
        peers.values().forEach(this::updateState);
        updateMajority();
        if (!upMajority.isUp()) {
            report.remind(now);
        }
    }

    private Message.Heartbeat heartbeat(NodeId to) {
        return new Message.Heartbeat(
                roster.formed().orElse(null),
                standing(),
                epoch.life(),
                replica.told(),
                holdsOf.applyAsLong(to),
                marks.heldBy(to),
                checkedBy.contains(to),
                replica.room(),
                levels.get());
    }

    private void beat() {
        for (Peer peer : peers.values()) {
            if (peer.isConnected()) {
                effects.send(peer.id, heartbeat(peer.id));
            }
        }
    }

    private void updateState(Peer peer) {
        MemberState state = peer.stateFor(roster, nowNanos, peerTimeoutNanos);
        if (state != peer.state) {
            MemberState before = peer.state;
            peer.state = state;
            peer.sinceNanos = nowNanos;
            if (state == MemberState.UP) {
                cameUp.add(peer.id);
            }
            report.changed(peer, before);
            updateMajority();
        }
    }

    private void updateMajority() {
        upMajority.update(isVoting() && votersUp() >= majority(), votersUp(), nowNanos);
    }

    /** The node at an address; while this one has not reached it there, the member that was last met there. */
    @Nullable
    NodeId likelyAt(int address) {
        return book.likelyAt(address);
    }

    /** The last life of a node that has greeted; 0 if none. */
    long lifeOf(NodeId node) {
        Peer peer = peers.get(node);
        return peer == null ? 0 : peer.life();
    }

    /** What is known of a node, if anything. */
    @Nullable
    Peer known(NodeId id) {
        return peers.get(id);
    }

    /** When this node came into its present state. */
    long formedNanos() {
        return formedNanos;
    }
}
