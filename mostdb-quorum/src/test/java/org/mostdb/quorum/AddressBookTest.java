package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mostdb.api.NodeId;

class AddressBookTest {

    private static final NodeId SELF = new NodeId(1);
    private static final NodeId B = new NodeId(2);
    private static final NodeId C = new NodeId(3);
    private static final NodeId D = new NodeId(4);
    private static final NodeId E = new NodeId(5);
    private static final NodeId NEW = new NodeId(60);
    private static final NodeId NEW_TOO = new NodeId(70);
    private static final Membership MEMBERS = Membership.forming(1, Set.of(SELF, B, C, D, E));

    private AddressBook book;

    @BeforeEach
    void emptyBook() {
        book = new AddressBook(
                new Replica(new SilentEffects(), 0, 0, 0, Floor.NONE, 1 << 20, () -> 0),
                List.of(URI.create("http://b"), URI.create("http://c"), URI.create("http://d"), URI.create("http://e")),
                new byte[0]);
    }

    private void at(NodeId... ids) {
        for (int i = 0; i < ids.length; i++) {
            book.put(i, ids[i]);
        }
    }

    private int placeFor(NodeId node, NodeId... answering) {
        return book.placeFor(node, MEMBERS, SELF, Set.of(answering)::contains);
    }

    @Test
    void aNodeTakesThePlaceOfTheMemberThatWasMetAtItsAddress() {
        at(B, C, D, E);
        book.meet(MEMBERS);
        at(B, C, NEW, E);
        assertEquals(MEMBERS.placeOf(D), placeFor(NEW, NEW, B));
    }

    /**
     * A node may confirm a proposal, propose another one with strangers, and learn only then that the first one won.
     */
    @Test
    void strangersThatWereProposedDoNotMakeTheMembersForgotten() {
        at(B, C, D, E);
        book.meetAll();
        at(B, NEW_TOO, NEW, E);
        book.meetAll();
        book.meet(MEMBERS);
        assertEquals(MEMBERS.placeOf(C), placeFor(NEW_TOO, B, E));
        assertEquals(MEMBERS.placeOf(D), placeFor(NEW, B, E));
    }

    @Test
    void aMemberThatMovedKeepsItsPlaceAndTheNodeAtItsOldAddressTakesTheOneThatIsFree() {
        at(B, C, D, E);
        book.meet(MEMBERS);
        at(NEW, B, D, E);
        book.meet(MEMBERS);
        assertEquals(MEMBERS.placeOf(C), placeFor(NEW, NEW, B, D, E));
    }

    @Test
    void theOnlyPlaceWhoseMemberDoesNotAnswerIsTakenWhateverWasMetWhere() {
        at(B, C, D, NEW);
        assertEquals(MEMBERS.placeOf(E), placeFor(NEW, NEW, B, C, D));
    }

    @Test
    void twoNodesGetTwoPlacesIfAllAnswerWhateverWasMetWhere() {
        at(NEW, C, D, NEW_TOO);
        int one = placeFor(NEW, NEW, NEW_TOO, C, D);
        int other = placeFor(NEW_TOO, NEW, NEW_TOO, C, D);
        assertNotEquals(one, other);
        assertEquals(Set.of(MEMBERS.placeOf(B), MEMBERS.placeOf(E)), Set.of(one, other));
    }

    @Test
    void noPlaceIsNamedWhileAMemberThatWasNeverMetMayComeBack() {
        at(NEW, B, C, D);
        book.put(1, null);
        assertEquals(-1, placeFor(NEW, NEW, C, D));
    }

    /** D's machine is back within the peer timeout, with an empty disk, while E is away for a moment. */
    @Test
    void nobodyElsesPlaceIsNamedWhileTheMemberBeforeSeemsToAnswer() {
        at(B, C, D, E);
        book.meet(MEMBERS);
        at(B, C, NEW, E);
        assertEquals(-1, placeFor(NEW, NEW, B, C, D));
        assertEquals(MEMBERS.placeOf(D), placeFor(NEW, NEW, B, C));
    }

    @Test
    void aReplacedMemberHandsItsAddressOn() {
        at(B, C, D, E);
        book.meet(MEMBERS);
        book.replaced(D, NEW);
        Membership now = MEMBERS.with(MEMBERS.placeOf(D), new Member(NEW, 1));
        at(B, C, NEW_TOO, E);
        assertEquals(now.placeOf(NEW), book.placeFor(NEW_TOO, now, SELF, Set.of(B)::contains));
        assertTrue(now.contains(NEW));
    }
}
