package org.mostdb.server;

import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.mostdb.api.ClusterStatus;
import org.mostdb.api.MemberStatus;
import org.mostdb.api.spi.ReplicationPolicy;

/** {@code GET /v1/cluster}: the cluster as this node sees it. */
final class ClusterPage implements HttpService {

    private final Admission admission;
    private final String policyName;
    private final String engineName;

    ClusterPage(Admission admission, String policyName, String engineName) {
        this.admission = admission;
        this.policyName = policyName;
        this.engineName = engineName;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/cluster", this::show).any("/cluster", SeedApi.only("GET"));
    }

    private void show(ServerRequest request, ServerResponse response) {
        ReplicationPolicy policy = admission.policyIfStarted();
        if (policy == null) {
            Answer.STARTING.send(response);
            return;
        }
        new Answer(Status.OK_200, page(policy.status()), "ok").send(response);
    }

    private byte[] page(ClusterStatus status) {
        JsonText json = new JsonText(1024);
        json.raw("{\"clusterId\":");
        status.clusterId().ifPresentOrElse(json::string, () -> json.raw("null"));
        json.raw(",\"ready\":" + (status.ready() && !admission.stopping()));
        json.raw(",\"summary\":").string(status.summary());
        json.raw(",\"policy\":").string(policyName);
        json.raw(",\"engine\":").string(engineName);
        json.raw(",\"members\":[");
        String separator = "";
        for (MemberStatus member : status.members()) {
            json.raw(separator);
            member(json, member);
            separator = ",";
        }
        return json.raw("]}\n").toBytes();
    }

    private static void member(JsonText json, MemberStatus member) {
        json.raw("{\"id\":");
        member.id().ifPresentOrElse(id -> json.string(id.toString()), () -> json.raw("null"));
        json.raw(",\"address\":").string(member.address());
        json.raw(",\"self\":" + member.self());
        json.raw(",\"state\":").string(member.state().name().toLowerCase(Locale.ROOT));
        json.raw(",\"since\":").string(member.since().toString());
        json.raw(",\"epoch\":" + member.epoch());
        json.raw(",\"lastHeard\":");
        instant(json, member.lastHeard());
        json.raw(",\"behind\":");
        member.behind().ifPresentOrElse(batches -> json.raw(Long.toString(batches)), () -> json.raw("null"));
        json.raw(",\"lastEqual\":");
        instant(json, member.lastEqual());
        json.raw("}");
    }

    private static void instant(JsonText json, Optional<Instant> instant) {
        instant.ifPresentOrElse(at -> json.string(at.toString()), () -> json.raw("null"));
    }
}
