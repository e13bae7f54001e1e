package org.mostdb.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** The URLs of nodes in one form, so that equal ones have equal text: {@code http://host:port}, host in lower case. */
final class NodeUrl {

    private static final int HTTP_PORT = 80;

    private NodeUrl() {}

    /**
     * The URL in its one form.
     *
     * @param named how the text is named at the beginning of a refusal
     * @throws StartRefusedException with one sentence that says what is allowed
     */
    static URI parse(String text, String named) {
        return parse(text)
                .orElseThrow(() -> new StartRefusedException(named + " is not allowed: "
                        + (text.toLowerCase(Locale.ROOT).startsWith("https:") ? "https is not supported yet, " : "")
                        + "it must be http://host:port without path, query or user."));
    }

    /** The URL in its one form, with port 80 where it names none; empty if it is none, or says more than that. */
    static Optional<URI> parse(String text) {
        try {
            URI url = new URI(text).parseServerAuthority();
            if (!"http".equalsIgnoreCase(url.getScheme())
                    || url.getHost() == null
                    || url.getRawUserInfo() != null
                    || url.getRawQuery() != null
                    || url.getRawFragment() != null
                    || !(url.getRawPath().isEmpty() || url.getRawPath().equals("/"))
                    || url.getPort() == 0
                    || url.getPort() > 65535) {
                return Optional.empty();
            }
            int port = url.getPort() < 0 ? HTTP_PORT : url.getPort();
            String host = url.getHost().toLowerCase(Locale.ROOT);
            return Optional.of(new URI("http://" + host + ":" + port));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
