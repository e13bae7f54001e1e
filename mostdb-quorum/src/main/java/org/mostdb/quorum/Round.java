package org.mostdb.quorum;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.mostdb.api.NodeId;

/** One question to the members that this node awaits a majority of answers to. */
abstract class Round {

    final long id;

    /** Who was sent the request. */
    final Set<NodeId> asked = new HashSet<>();

    private final Set<NodeId> answered = new HashSet<>();
    long nextResendNanos;
    long resendDelayNanos;

    Round(long id) {
        this.id = id;
    }

    /** What is sent to each other member, and sent again to one that has not answered. */
    abstract Message request();

    /** The request is about to be sent again, because these were asked and have not answered in time. */
    void unanswered(Collection<NodeId> by) {}

    /**
     * Counts a member's answer, once.
     *
     * @return whether it had not answered before
     */
    boolean countAnswer(NodeId from) {
        return answered.add(from);
    }

    /** Takes back the answer of a node that turned out to be a member no more. */
    boolean voidAnswer(NodeId from) {
        return answered.remove(from);
    }

    /** An answer was taken back; more will be asked for. */
    void voided() {}

    boolean hasAnswered(NodeId member) {
        return answered.contains(member);
    }

    int answers() {
        return answered.size();
    }
}
