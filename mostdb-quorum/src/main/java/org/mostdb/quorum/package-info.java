/**
 * The majority policy: a register per key that survives any minority of members, without a leader.
 *
 * <p>{@link org.mostdb.quorum.QuorumCore} is the protocol: it takes inputs (client operations, messages, the passing of
 * time, completions of the disk) and hands out effects (messages, disk jobs, answers), and contains no socket, clock,
 * thread or randomness of its own. Its parts are
 *
 * <ul>
 *   <li>{@link org.mostdb.quorum.Members}: who belongs to the cluster, and who is up;
 *   <li>{@link org.mostdb.quorum.Forming}, {@link org.mostdb.quorum.Recovery} and
 *       {@link org.mostdb.quorum.Readmission}: how it comes to belong to it;
 *   <li>{@link org.mostdb.quorum.Writes} and {@link org.mostdb.quorum.Reads}: this node as a coordinator;
 *   <li>{@link org.mostdb.quorum.Replica}: this node as a keeper of cells.
 * </ul>
 *
 * {@link org.mostdb.quorum.MajorityPolicy} drives it: one thread for the core, one for the disk's writes.
 * {@code docs/protocol.md} describes the protocol, {@code docs/consistency.md} argues why it holds.
 */
@NullMarked
package org.mostdb.quorum;

import org.jspecify.annotations.NullMarked;
