package org.mostdb.quorum;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;

/**
 * The rounds that this node coordinates now. Requests are repeated, with growing pauses, to members that are up and
 * have not answered, and at once to one that comes up: messages may be lost, and all requests can be repeated
 * harmlessly.
 */
final class Rounds {

    private static final long LONGEST_RESEND_DELAY_NANOS = 1_000_000_000L;

    private final Effects effects;
    private final Members members;
    private final Map<Long, Round> open = new LinkedHashMap<>();
    private long lastId;
    private long voidedVotes;

    /** @param firstId random, so that an answer to a round of an earlier life is not taken for one of this life */
    Rounds(Effects effects, Members members, long firstId) {
        this.effects = effects;
        this.members = members;
        this.lastId = firstId;
    }

    long nextId() {
        return ++lastId;
    }

    /**
     * Sends the request of a round.
     *
     * @param to the members to ask first; the other ones are asked if these do not answer in time
     */
    void begin(Round round, Collection<NodeId> to, long nowNanos, long resendDelayNanos) {
        round.resendDelayNanos = resendDelayNanos;
        round.nextResendNanos = nowNanos + resendDelayNanos;
        open.put(round.id, round);
        ask(round, to);
    }

    private void ask(Round round, Collection<NodeId> members) {
        Message request = round.request();
        for (NodeId member : members) {
            round.asked.add(member);
            effects.send(member, request);
        }
    }

    void end(Round round) {
        open.remove(round.id);
    }

    /** The open round of this kind that a member answers for the first time, or null. */
    <R extends Round> @Nullable R find(long id, NodeId from, Class<R> kind) {
        Round round = open.get(id);
        return kind.isInstance(round) && !round.hasAnswered(from) ? kind.cast(round) : null;
    }

    /** These are members no more: the votes that they gave in open rounds are void. */
    void voided(Collection<NodeId> replaced) {
        for (Round round : List.copyOf(open.values())) {
            boolean some = false;
            for (NodeId node : replaced) {
                some |= round.voidAnswer(node);
            }
            if (some) {
                voidedVotes++;
                round.voided();
            }
        }
    }

    /** How many rounds had a vote taken back since the start. */
    long voidedVotes() {
        return voidedVotes;
    }

    /** Repeats what was not answered in time. */
    void tick(long nowNanos) {
        for (Round round : List.copyOf(open.values())) {
            if (nowNanos - round.nextResendNanos < 0) {
                continue;
            }
            round.resendDelayNanos = Math.min(2 * round.resendDelayNanos, LONGEST_RESEND_DELAY_NANOS);
            round.nextResendNanos = nowNanos + round.resendDelayNanos;
            Set<NodeId> silent = members.othersUp().stream()
                    .filter(member -> !round.hasAnswered(member))
                    .collect(Collectors.toSet());
            if (!silent.isEmpty()) {
                round.unanswered(silent.stream().filter(round.asked::contains).toList());
                ask(round, silent);
            }
        }
    }

    /** A member came up: asks it what the others were asked. */
    void cameUp(NodeId member) {
        for (Round round : open.values()) {
            if (!round.hasAnswered(member)) {
                ask(round, List.of(member));
            }
        }
    }
}
