package org.mostdb.quorum;

import java.util.function.Consumer;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.Message.CheckReply;
import org.mostdb.quorum.Message.CheckRequest;

/**
 * After a start, a member does not trust its own store: a disk may be an old copy of itself. It asks each of the others
 * what that one remembers of it, and votes once all have said that its store holds at least that much, or those that
 * have not answered timed out. These are asked on, and none counts this node's answers before it has been asked.
 *
 * <p>If one remembers more than the store holds, then what this node once acknowledged is lost, and it starts anew with
 * an empty store and a new id. A check needs no vote of who is asked, so all members can start at once.
 *
 * <p>Who remembers: each member whose round an acknowledgement was counted in, at once, and durably with its next batch
 * of cells, or a second later ({@link Marks}).
 */
final class Checking {

    private final Effects effects;
    private final Members members;
    private final Marks marks;
    private final Lives lives;
    private final Consumer<String> startAnew;
    private final long round;
    private final long intervalNanos;
    private final long timeoutNanos;
    private long nextAskNanos;
    private long deadlineNanos;
    private boolean begun;

    /**
     * @param lives of this node, as its store has them
     * @param startAnew told why this node's store is of no use
     * @param round random, so that an answer to an earlier life does not count
     * @param timeoutNanos how long to wait for those that do not answer
     */
    Checking(
            Effects effects,
            Members members,
            Marks marks,
            Lives lives,
            Consumer<String> startAnew,
            long round,
            long intervalNanos,
            long timeoutNanos) {
        this.effects = effects;
        this.members = members;
        this.marks = marks;
        this.lives = lives;
        this.startAnew = startAnew;
        this.round = round;
        this.intervalNanos = intervalNanos;
        this.timeoutNanos = timeoutNanos;
    }

    /** Asks, asks again, and gives up waiting in the end. */
    void tick(long nowNanos) {
        if (!members.isFormed() || members.isReplaced()) {
            return;
        }
        if (!begun) {
            begun = true;
            nextAskNanos = nowNanos;
            deadlineNanos = nowNanos + timeoutNanos;
        }
        if (nowNanos - nextAskNanos >= 0) {
            nextAskNanos = nowNanos + intervalNanos;
            members.othersUnchecked().forEach(this::ask);
        }
        if (!members.isChecked() && (members.noneToWaitFor() || nowNanos - deadlineNanos >= 0)) {
            members.setChecked();
        }
    }

    private void ask(NodeId member) {
        effects.send(member, new CheckRequest(round));
    }

    /** A member lives, which may not have been asked yet. */
    void onHeartbeat(NodeId from) {
        if (begun && members.isToBeAsked(from)) {
            ask(from);
        }
    }

    /** A member wants to know what this one remembers of it. */
    void onRequest(NodeId from, CheckRequest request) {
        if (members.isFormed() && members.isMember(from) && !members.isReplaced()) {
            effects.send(from, new CheckReply(request.round(), members.lifeOf(from), marks.of(from)));
        }
    }

    /** A member has told what it remembers of this node. */
    void onReply(NodeId from, CheckReply reply) {
        if (reply.round() != round || !members.isFormed() || !members.isMember(from)) {
            return;
        }
        Mark mark = reply.mark();
        boolean isLifeKnown = lives.hold(new Mark(reply.life(), 0));
        if (isLifeKnown && (mark == null || lives.hold(mark))) {
            members.setCheckedBy(from);
        } else {
            members.setUnchecked();
            startAnew.accept("the store of this node, " + members.self() + ", holds less than member " + from
                    + " remembers: it is an old copy, or lost its last writes");
        }
    }
}
