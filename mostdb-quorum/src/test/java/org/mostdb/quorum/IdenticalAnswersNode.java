package org.mostdb.quorum;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.SimulatedHost;
import org.mostdb.testkit.SimulatedNode;
import org.mostdb.testkit.SimulatedRun;

/**
 * The rule of mostdb's predecessor, on better ground than it had (writes are synced): all nodes are told to set, delete
 * or get, and what a majority answers alike is the answer. No versions, no tombstones, no repair.
 */
final class IdenticalAnswersNode implements SimulatedNode {

    private static final String ABSENT = "absent";
    private static final String DONE = "done";

    /** A client's call, and who has answered it how. */
    private static final class Question {

        private final Call call;
        private final Consumer<Answer> answer;
        private final long deadlineNanos;
        private final Map<String, Set<NodeId>> answers = new HashMap<>();

        private Question(Call call, Consumer<Answer> answer, long deadlineNanos) {
            this.call = call;
            this.answer = answer;
            this.deadlineNanos = deadlineNanos;
        }
    }

    private final SimulatedHost host;
    private final SimulatedRun.Settings settings;
    private final NodeId self;
    private final int majority;
    private final Set<NodeId> others = new HashSet<>();
    private final Map<Long, Question> questions = new LinkedHashMap<>();
    private long nowNanos;
    private long lastQuestion;

    IdenticalAnswersNode(SimulatedHost host, SimulatedRun.Settings settings) {
        this.host = host;
        this.settings = settings;
        this.self = new NodeId(1000 + host.place());
        this.majority = (host.link().peers().size() + 1) / 2 + 1;
        this.lastQuestion = host.random().nextLong() >>> 1;
    }

    @Override
    public void advance(long now) {
        nowNanos = now;
    }

    @Override
    public void tick() {
        for (Map.Entry<Long, Question> entry : List.copyOf(questions.entrySet())) {
            Question question = entry.getValue();
            if (nowNanos >= question.deadlineNanos) {
                questions.remove(entry.getKey());
                question.answer.accept(
                        question.call.kind() == Call.Kind.GET
                                ? new Answer.NotApplied("NotMost")
                                : new Answer.Unknown("NotMost"));
            }
        }
    }

    @Override
    public void flush() {
        // Each message is sent at once.
    }

    @Override
    public void submit(Call call, Consumer<Answer> answer) {
        long id = ++lastQuestion;
        questions.put(id, new Question(call, answer, nowNanos + settings.operationTimeoutNanos()));
        String request = "ask\n" + id + "\n" + call.kind() + "\n" + call.key() + "\n" + call.value();
        others.forEach(other -> host.link().send(other, request.getBytes(StandardCharsets.UTF_8)));
        perform(call, result -> count(id, self, result));
    }

    private void perform(Call call, Consumer<String> then) {
        byte[] key = call.key().getBytes(StandardCharsets.UTF_8);
        if (call.kind() == Call.Kind.GET) {
            then.accept(host.disk()
                    .get(key)
                    .map(bytes -> "=" + new String(bytes, StandardCharsets.UTF_8))
                    .orElse(ABSENT));
            return;
        }
        WriteBatch batch = new WriteBatch();
        if (call.kind() == Call.Kind.SET) {
            batch.put(key, call.value().getBytes(StandardCharsets.UTF_8));
        } else {
            batch.delete(key);
        }
        host.write(() -> host.disk().write(batch, Durability.SYNC), () -> then.accept(DONE), unused -> {});
    }

    private void count(long id, NodeId from, String result) {
        Question question = questions.get(id);
        if (question == null) {
            return;
        }
        Set<NodeId> alike = question.answers.computeIfAbsent(result, unused -> new HashSet<>());
        alike.add(from);
        if (alike.size() >= majority) {
            questions.remove(id);
            question.answer.accept(
                    switch (result) {
                        case DONE -> new Answer.Written();
                        case ABSENT -> new Answer.Absent();
                        default -> new Answer.Found(result.substring(1));
                    });
        }
    }

    @Override
    public void received(NodeId from, byte[] message) {
        String[] fields = new String(message, StandardCharsets.UTF_8).split("\n", -1);
        long id = Long.parseLong(fields[1]);
        if (fields[0].equals("answer")) {
            host.post(() -> count(id, from, fields[2]));
        } else {
            Call call = new Call(Call.Kind.valueOf(fields[2]), fields[3], fields[4]);
            host.post(() -> perform(
                    call,
                    result -> host.link()
                            .send(from, ("answer\n" + id + "\n" + result).getBytes(StandardCharsets.UTF_8))));
        }
    }

    @Override
    public boolean isFormed() {
        return true;
    }

    @Override
    public boolean remembersMoreThan(StorageEngine copy) {
        return false;
    }

    /** Nothing that could be compared: it never converges. */
    @Override
    public Map<String, String> holds() {
        return Map.of();
    }

    @Override
    public PeerHello hello() {
        return new PeerHello("identical/1", self, 1, Optional.empty());
    }

    @Override
    public Optional<String> refuse(PeerHello remote) {
        return Optional.empty();
    }

    @Override
    public void connected(int peer, PeerHello remote) {
        host.post(() -> others.add(remote.node()));
    }

    @Override
    public void accepted(PeerHello remote) {
        host.post(() -> others.add(remote.node()));
    }

    @Override
    public void disconnected(NodeId node) {
        host.post(() -> others.remove(node));
    }
}
