package org.mostdb.quorum;

import java.util.function.Consumer;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.Message.CopyReply;
import org.mostdb.quorum.Message.CopyRequest;
import org.mostdb.quorum.Message.JoinReply;
import org.mostdb.quorum.Message.JoinRequest;
import org.mostdb.quorum.Message.ReplaceReply;
import org.mostdb.quorum.Message.ReplaceRequest;

/**
 * This node as one of the voters that let a node with an empty store take the place of a member. Only a voting member
 * does: two nodes that both lost their stores must not replace good ones.
 */
final class Readmission {

    private static final int STRETCH_BYTES = 256 << 10;

    private final Effects effects;
    private final Members members;
    private final Replica replica;
    private final Marks marks;
    private final Consumer<Membership> learn;
    private final int stretchBytes;

    /** @param learn takes in a newer membership, with all that follows from it */
    Readmission(
            Effects effects,
            Members members,
            Replica replica,
            Marks marks,
            Consumer<Membership> learn,
            int maxMessageBytes) {
        this.effects = effects;
        this.members = members;
        this.replica = replica;
        this.marks = marks;
        this.learn = learn;
        this.stretchBytes = Math.min(STRETCH_BYTES, maxMessageBytes / 4);
    }

    /** A node asks whose place it takes. */
    void onJoinRequest(NodeId from, JoinRequest request) {
        if (members.isVoting()) {
            effects.send(from, new JoinReply(request.round(), members.roster().recorded(), members.placeFor(from)));
        }
    }

    /** A node asks to be recorded. */
    void onReplaceRequest(NodeId from, ReplaceRequest request) {
        if (!members.isVoting() || !request.member().id().equals(from)) {
            return;
        }
        Membership view = members.roster().view();
        int place = request.place();
        int known = view.placeOf(from);
        boolean isPlaceWrong = place < 0
                || place >= view.size()
                || view.member(place).id().equals(members.self())
                || (known >= 0 && known != place);
        if (isPlaceWrong) {
            return;
        }
        Member present = view.member(place);
        boolean isFree = present.id().equals(from) || !members.isAnswering(present.id());
        if (request.member().isNewerThan(present) && isFree && isAllowed(request.member(), present, view)) {
            learn.accept(view.with(place, request.member()));
        }
        replica.whenDurable(() -> {
            if (members.isVoting()) {
                effects.send(
                        from, new ReplaceReply(request.round(), members.roster().recorded()));
            }
        });
    }

    /** What the founder alone may allow, nobody else records, so that it allows it to one node only. */
    private boolean isAllowed(Member asking, Member present, Membership view) {
        return asking.generation() > 0
                || (asking.isLetInByFounder() && present.isVacant() && view.isFounder(members.self()));
    }

    /**
     * A node asks for a stretch of the cells. It gets them only from one that has durably recorded it: whatever this
     * member acknowledges later, its answers void the votes of the one that was there before.
     */
    void onCopyRequest(NodeId from, CopyRequest request) {
        if (members.isVoting() && members.roster().recorded().contains(from)) {
            replica.scan(Cursor.ofAll(request.after()), stretchBytes, excerpt -> {
                if (members.isVoting()) {
                    effects.send(
                            from,
                            new CopyReply(
                                    request.round(),
                                    request.after(),
                                    excerpt.stretch().cells(),
                                    excerpt.stretch().next() == null,
                                    replica.highWater(),
                                    replica.floor().floor(),
                                    excerpt.told(),
                                    excerpt.end(),
                                    marks.all(),
                                    members.roster().recorded()));
                }
            });
        }
    }
}
