package org.mostdb.quorum;

import org.mostdb.api.MemberState;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.Message.Heartbeat;
import org.mostdb.quorum.Message.Standing;

/** What a node knows of another one, member or not. */
final class Peer {

    final NodeId id;
    MemberState state = MemberState.UNKNOWN;
    long sinceNanos;
    long lastHeardNanos;
    private boolean connected;
    private long life;
    private Standing standing = Standing.UNFORMED;
    private boolean checked;
    private boolean hasToldStanding;

    Peer(NodeId id) {
        this.id = id;
    }

    /** It has named itself on a new connection. */
    void greeted(long newLife) {
        connected = true;
        if (Epoch.numberOf(newLife) >= Epoch.numberOf(life)) {
            enter(newLife);
        }
    }

    private void enter(long newLife) {
        if (newLife != life) {
            life = newLife;
            standing = Standing.UNFORMED;
            checked = false;
            hasToldStanding = false;
        }
    }

    void disconnected() {
        connected = false;
    }

    /** It has told how it stands; what an earlier life told comes too late. */
    void onHeartbeat(Heartbeat heartbeat) {
        if (Epoch.numberOf(heartbeat.life()) > Epoch.numberOf(life)) {
            enter(heartbeat.life());
        }
        if (heartbeat.life() == life) {
            standing = heartbeat.standing();
            checked = heartbeat.checked();
            hasToldStanding = true;
        }
    }

    boolean isConnected() {
        return connected;
    }

    /** What it has told in its present life; {@link Standing#UNFORMED} before. */
    Standing standing() {
        return standing;
    }

    /** Whether it has told that it belongs to no cluster. */
    boolean isWithoutCluster() {
        return hasToldStanding && standing == Standing.UNFORMED;
    }

    /** Its present life, see {@link Epoch#life}; 0 while not known. */
    long life() {
        return life;
    }

    /** See {@link Epoch#number}; 0 while not known. */
    int epochNumber() {
        return Epoch.numberOf(life);
    }

    /** Whether answers of this life of it may count: it was asked whether it holds what this node remembers of it. */
    boolean isCheckedIn(long answeredLife) {
        return checked && life == answeredLife;
    }

    boolean isChecked() {
        return checked;
    }

    boolean wasHeard() {
        return lastHeardNanos != 0;
    }

    /** Whether it lives, as far as can be told. */
    boolean isAnswering(long nowNanos, long peerTimeoutNanos) {
        return connected && wasHeard() && nowNanos - lastHeardNanos <= peerTimeoutNanos;
    }

    /** How it looks to a node with this roster. */
    MemberState stateFor(Roster roster, long nowNanos, long peerTimeoutNanos) {
        if (!wasHeard() && !connected) {
            return MemberState.UNKNOWN;
        }
        if (!isAnswering(nowNanos, peerTimeoutNanos)) {
            return state == MemberState.UNKNOWN ? MemberState.UNKNOWN : MemberState.DOWN;
        }
        if (roster.isFormed() && !roster.contains(id)) {
            return MemberState.STRANGER;
        }
        return switch (standing) {
            case UNFORMED -> roster.isLater(id) ? MemberState.RECOVERING : MemberState.JOINING;
            case CHECKING -> MemberState.CHECKING;
            case VOTING -> !roster.isFormed() ? MemberState.JOINING : checked ? MemberState.UP : MemberState.CHECKING;
            case FAILED -> MemberState.FAILED;
            case REPLACED -> MemberState.STRANGER;
        };
    }
}
