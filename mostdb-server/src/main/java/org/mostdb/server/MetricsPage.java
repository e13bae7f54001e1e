package org.mostdb.server;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.metrics.api.MeterRegistryFormatter;
import io.helidon.metrics.api.SystemTagsManager;
import io.helidon.metrics.spi.MeterRegistryFormatterProvider;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.ServiceLoader;

/**
 * {@code GET /metrics}: all meters as Prometheus text. Helidon has an observer for this, but it adds a filter that
 * counts every request to the port, at a price: see docs/performance.md.
 */
final class MetricsPage implements HttpService {

    private static final Header TEXT =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

    private final MeterRegistryFormatter formatter;

    MetricsPage(HelidonMetrics metrics) {
        formatter = ServiceLoader.load(MeterRegistryFormatterProvider.class).stream()
                .flatMap(provider -> provider
                        .get()
                        .formatter(
                                MediaTypes.TEXT_PLAIN,
                                metrics.config(),
                                metrics.registry(),
                                SystemTagsManager.instance().scopeTagName(),
                                List.of(),
                                List.of())
                        .stream())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no formatter for Prometheus is on the class path"));
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/", this::page).any("/", SeedApi.only("GET"));
    }

    private void page(ServerRequest request, ServerResponse response) {
        response.header(TEXT).header(HeaderValues.CACHE_NO_CACHE);
        response.send(String.valueOf(formatter.format().orElse("")));
    }
}
