package org.mostdb.load;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Where one node is asked.
 *
 * @param base {@code http://host:port/context}, without a slash at the end
 * @param address its host, resolved, and its port
 */
record Target(URI base, InetSocketAddress address) {

    private static final int HTTP_PORT = 80;

    /**
     * The node of a URL as users write it.
     *
     * @param contextPath for a URL that has no path
     * @throws IllegalArgumentException with a sentence that tells what to change
     */
    static Target of(String text, String contextPath) {
        URI url;
        try {
            url = new URI(text).parseServerAuthority();
        } catch (URISyntaxException e) {
            throw notAllowed(text, e);
        }
        if (!"http".equalsIgnoreCase(url.getScheme())
                || url.getHost() == null
                || url.getRawUserInfo() != null
                || url.getRawQuery() != null
                || url.getRawFragment() != null
                || url.getPort() == 0
                || url.getPort() > 65535) {
            throw notAllowed(text, null);
        }
        int port = url.getPort() < 0 ? HTTP_PORT : url.getPort();
        String path = withoutSlashAtTheEnd(url.getRawPath());
        InetSocketAddress address = new InetSocketAddress(url.getHost(), port);
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("the host of " + text + " is not known: name another one");
        }
        String base =
                "http://" + url.getHost() + ":" + port + (path.isEmpty() ? withoutSlashAtTheEnd(contextPath) : path);
        return new Target(URI.create(base), address);
    }

    private static String withoutSlashAtTheEnd(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static IllegalArgumentException notAllowed(String text, @Nullable Throwable cause) {
        return new IllegalArgumentException(text + " is no URL of a node: write http://host:port", cause);
    }

    /** The value of the header {@code Host}. */
    String host() {
        return base.getHost() + ":" + base.getPort();
    }

    /** The path of an operation. */
    String path(Operation operation) {
        return base.getRawPath() + "/" + operation.word();
    }
}
