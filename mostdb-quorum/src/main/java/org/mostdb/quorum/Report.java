package org.mostdb.quorum;

import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.MemberState;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Room;

/** What an operator is told of the members, in the log and in the status. */
final class Report {

    /** What an operator can do when too many members lost their stores. */
    static final String WHAT_NOW = "bring back one of the lost stores, or make a new cluster from what is left:"
            + " ./mostdb reform, see the README";

    private static final long FIRST_REMINDER_NANOS = 10_000_000_000L;
    private static final long REMINDER_NANOS = 60_000_000_000L;

    private final Effects effects;
    private final Members members;
    private final List<URI> addresses;
    private final long startNanos;
    private long nextReminderNanos;

    Report(Effects effects, Members members, List<URI> addresses, long nowNanos) {
        this.effects = effects;
        this.members = members;
        this.addresses = List.copyOf(addresses);
        this.startNanos = nowNanos;
        this.nextReminderNanos = nowNanos + FIRST_REMINDER_NANOS;
    }

    /** Another node came into a new state. */
    void changed(Peer peer, MemberState before) {
        String name = peer.id + addressOf(peer.id);
        switch (peer.state) {
            case UP -> effects.note(Level.INFO, "member " + name + " is up (epoch " + peer.epochNumber() + ")");
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
            case UNKNOWN, JOINING, CHECKING -> effects.note(Level.DEBUG, "node " + name + " is " + peer.state);
        }
    }

    /** The disk of another node has come to its reserve, or has space again. */
    void roomChanged(Peer peer) {
        String name = peer.id + addressOf(peer.id);
        if (peer.room().allows(Room.AMPLE)) {
            effects.note(Level.INFO, "member " + name + " has space on its disk again");
        } else {
            effects.note(Level.WARNING, "member " + name + " takes no new values: its disk is full");
        }
    }

    /** Which disks are full, in words; empty if none is. */
    String whoseDiskIsFull() {
        int full = members.withoutRoomFor(Room.AMPLE);
        return full == 0
                ? ""
                : (full == 1 ? "the disk of 1 member is full" : "the disks of " + full + " members are full")
                        + (members.hasRoomItself() ? "" : ", that of this node too: it takes no new values");
    }

    /** A majority is up now. */
    void majorityUp(int voters) {
        effects.note(Level.INFO, "ready: " + voters + " of " + (addresses.size() + 1) + " members up");
    }

    /** No majority is up any more. */
    void majorityLost(long nowNanos) {
        nextReminderNanos = nowNanos + FIRST_REMINDER_NANOS;
        effects.note(Level.WARNING, "no majority of the members is up: " + whyNotAll());
    }

    /** No majority is up. An operator who looks at the log of a node that does not serve must find why. */
    void remind(long nowNanos) {
        if (nowNanos - nextReminderNanos >= 0) {
            effects.note(Level.WARNING, "not ready: " + whyNotAll());
            nextReminderNanos = nowNanos + REMINDER_NANOS;
        }
    }

    /** Where a node lives, in words; nothing as long as it was not reached there, but only called from there. */
    private String addressOf(NodeId id) {
        for (int address = 0; address < addresses.size(); address++) {
            if (id.equals(members.likelyAt(address))) {
                return " at " + addresses.get(address);
            }
        }
        return "";
    }

    private static String inWords(MemberState state) {
        return switch (state) {
            case UNKNOWN -> "not in touch yet";
            case UP -> "up";
            case JOINING -> "starting";
            case CHECKING -> "being checked";
            case RECOVERING -> "recovering";
            case DOWN -> "down";
            case STRANGER -> "no member of this cluster, its store is new or another one";
            case FAILED -> "failed";
        };
    }

    /** Which members are not up, in words. */
    String whyNotAll() {
        if (members.isFailed()) {
            return "this node's store has failed";
        }
        if (members.isReplaced()) {
            return "another node has this one's place in the cluster";
        }
        StringJoiner reasons = new StringJoiner(", ");
        String recovering = members.recovering();
        if (recovering != null) {
            reasons.add("this node recovers, because its store is new: " + recovering);
        } else if (!members.isFormed()) {
            reasons.add("the cluster is not formed yet");
        } else if (!members.isChecked()) {
            reasons.add("this node's store is being compared with what the other members remember of it");
        }
        for (int address = 0; address < addresses.size(); address++) {
            Peer peer = peerAt(address);
            MemberState state = peer == null ? MemberState.UNKNOWN : peer.state;
            if (state != MemberState.UP) {
                reasons.add(addresses.get(address) + " is " + inWords(state));
            }
        }
        if (members.isFormed() && !members.isMajorityUp() && members.areTooManyWithoutStore()) {
            reasons.add("too many members lost their stores at once; " + WHAT_NOW);
        }
        return reasons.length() == 0 ? "all members are up, but slow" : reasons.toString();
    }

    private @Nullable Peer peerAt(int address) {
        NodeId id = members.likelyAt(address);
        return id == null ? null : members.known(id);
    }

    /**
     * One line of a status.
     *
     * @param id absent where nobody has answered yet
     */
    record Line(
            Optional<NodeId> id,
            String address,
            MemberState state,
            long sinceNanos,
            int epochNumber,
            long heardNanos) {}

    /** The other members, in the order of the list. A time of 0 is none. */
    List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        for (int address = 0; address < addresses.size(); address++) {
            String url = addresses.get(address).toString();
            Peer peer = peerAt(address);
            lines.add(
                    peer == null
                            ? new Line(Optional.empty(), url, MemberState.UNKNOWN, startNanos, 0, 0)
                            : new Line(
                                    Optional.of(peer.id),
                                    url,
                                    peer.state,
                                    peer.sinceNanos == 0 ? startNanos : peer.sinceNanos,
                                    peer.epochNumber(),
                                    peer.lastHeardNanos));
        }
        return lines;
    }
}
