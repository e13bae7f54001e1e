package org.mostdb.api.spi;

import java.util.Optional;
import org.mostdb.api.NodeId;

/**
 * How two nodes name themselves when a connection opens, in both directions.
 *
 * @param protocol name and version of the policy's messages, such as {@code majority/4}; must be equal on both sides
 * @param node who speaks
 * @param epoch names this start of the node; a later start has a greater one
 * @param clusterId absent while the node belongs to no cluster
 */
public record PeerHello(String protocol, NodeId node, long epoch, Optional<String> clusterId) {}
