package org.mostdb.server;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.PeerHello;

/** How a {@link PeerHello} travels in the headers of the upgrade request and of its answer. */
final class PeerHeaders {

    /** What follows {@code Upgrade:}. */
    static final String UPGRADE_PROTOCOL = "mostdb-peer";

    /** The version of the frames and of these headers. */
    static final String LINK_VERSION = "1";

    static final HeaderName LINK = HeaderNames.create("Mostdb-Link");
    static final HeaderName PROTOCOL = HeaderNames.create("Mostdb-Protocol");
    static final HeaderName NODE = HeaderNames.create("Mostdb-Node");
    static final HeaderName EPOCH = HeaderNames.create("Mostdb-Epoch");
    static final HeaderName CLUSTER = HeaderNames.create("Mostdb-Cluster");

    private static final int HEX = 16;

    private PeerHeaders() {}

    static Map<HeaderName, String> of(PeerHello hello) {
        Map<HeaderName, String> headers = new LinkedHashMap<>();
        headers.put(LINK, LINK_VERSION);
        headers.put(PROTOCOL, hello.protocol());
        headers.put(NODE, hello.node().toString());
        headers.put(EPOCH, Long.toString(hello.epoch()));
        hello.clusterId().ifPresent(id -> headers.put(CLUSTER, id));
        return headers;
    }

    /** Reads what the other side said of itself. */
    static PeerHello read(Headers headers) {
        String node = required(headers, NODE);
        String epoch = required(headers, EPOCH);
        try {
            return new PeerHello(
                    required(headers, PROTOCOL),
                    new NodeId(Long.parseUnsignedLong(node, HEX)),
                    Long.parseLong(epoch),
                    value(headers, CLUSTER));
        } catch (NumberFormatException e) {
            throw new InvalidRequestException("the peer named itself as node " + node + " in epoch " + epoch
                    + ": allowed is a number in hexadecimal digits, and a decimal number");
        }
    }

    static Optional<String> value(Headers headers, HeaderName name) {
        return headers.contains(name) ? Optional.of(headers.get(name).get()) : Optional.empty();
    }

    private static String required(Headers headers, HeaderName name) {
        return value(headers, name)
                .orElseThrow(() -> new InvalidRequestException(
                        "the peer sent no header " + name.defaultCase() + ": is it another program?"));
    }
}
