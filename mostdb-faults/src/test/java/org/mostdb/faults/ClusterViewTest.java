package org.mostdb.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ClusterViewTest {

    @Test
    void allVoteOnlyIfTheNodeIsReadyAndEachMemberIsUp() {
        assertTrue(page(true, "up", "up").allVote(2));
        assertFalse(page(true, "up", "up").allVote(3));
        assertFalse(page(false, "up", "up").allVote(2));
        assertFalse(page(true, "up", "recovering").allVote(2));
    }

    @Test
    void fieldsOfMembersAreTextWhateverTheyAreOnThePage() {
        assertEquals("null", page(true, "up").members().getFirst().get("lastHeard"));
        assertEquals("3", page(true, "up").members().getFirst().get("epoch"));
    }

    private static ClusterView page(boolean ready, String... states) {
        StringBuilder members = new StringBuilder();
        for (String state : states) {
            members.append(members.isEmpty() ? "" : ",")
                    .append("{\"id\":\"0a\",\"self\":true,\"epoch\":3,\"nested\":[1],\"state\":\"" + state
                            + "\",\"lastHeard\":null}");
        }
        return ClusterView.read("{\"clusterId\":null,\"ready\":" + ready + ",\"summary\":\"s\",\"nested\":{\"a\":[1]},"
                + "\"members\":[" + members + "]}");
    }
}
