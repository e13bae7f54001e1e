package org.mostdb.api;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One member as a node sees it now.
 *
 * @param id absent until the member has named itself
 * @param address where it is reached, as configured; for the node itself its own URL, or empty where none was set
 * @param self whether it is the node that answers
 * @param state see {@link MemberState}
 * @param since when it came into this state
 * @param epoch how often it was started, 0 while not known
 * @param lastHeard when it last sent anything; absent for the node itself and for one never heard
 * @param behind how many of this node's last batches of writes it is not known to hold; absent where nothing is known
 * @param lastEqual when it was last known to hold all that this node held; absent if never since this node started
 */
public record MemberStatus(
        Optional<NodeId> id,
        String address,
        boolean self,
        MemberState state,
        Instant since,
        long epoch,
        Optional<Instant> lastHeard,
        OptionalLong behind,
        Optional<Instant> lastEqual) {}
