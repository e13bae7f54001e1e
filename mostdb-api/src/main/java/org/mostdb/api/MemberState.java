package org.mostdb.api;

/** How a node sees a member. */
public enum MemberState {

    /** Never heard of since this node started, or its identity is not known yet. */
    UNKNOWN,

    /** In touch, and its answers count. */
    UP,

    /** In touch, but it does not vote yet: it still starts, or the cluster is not formed. */
    JOINING,

    /** In touch, and started: its store is being compared with what others remember of it; then it votes. */
    CHECKING,

    /** In touch, with a new store into which it copies what the others hold; it does not vote before that is done. */
    RECOVERING,

    /** Was in touch and is silent now. Costs nobody any waiting. */
    DOWN,

    /** In touch, but not one of the recorded members of this cluster: its answers do not count. */
    STRANGER,

    /** Cannot use its store any more: it does not vote until it has copied from the others. */
    FAILED
}
