package org.mostdb.faults;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.History;
import org.mostdb.testkit.HistoryLines;
import org.mostdb.testkit.LinearizabilityChecker;
import org.mostdb.testkit.LinearizabilityChecker.Violation;

/**
 * What clients asked and learned of keys, judged round by round, so that a load may go on for hours: when a round is
 * over and every key of it was read last, by nobody else at the same time, all that can still matter of a key is what
 * that read found, and the writes without a known outcome whose values nobody has read, because those may still take
 * effect. With these the key begins the next round in which it is asked for. Nothing is judged more mildly for that.
 *
 * <p>Safe for use by many threads.
 */
final class Registers {

    /** The keys longest out of use are forgotten beyond this. */
    private static final int MAX_SETTLED = 20_000;

    /** What is left to know of a key: its value, or nothing, and the writes that may still come. */
    private record Settled(Optional<String> value, List<Call> open) {}

    private final Map<String, Settled> settled = new LinkedHashMap<>();
    private final Set<String> ofThisRound = new HashSet<>();
    private final Set<String> present = new HashSet<>();
    private History history = new History();

    /** A client asks. */
    synchronized History.Operation ask(int client, int node, Call call) {
        if (ofThisRound.add(call.key())) {
            begin(call.key());
        }
        return history.ask(client, node, call, System.nanoTime());
    }

    private void begin(String key) {
        Settled before = settled.get(key);
        if (before == null) {
            return;
        }
        Call last = before.value().map(value -> Call.set(key, value)).orElseGet(() -> Call.delete(key));
        long now = System.nanoTime();
        history.answer(history.ask(0, 0, last, now), new Answer.Written(), now);
        before.open().forEach(call -> history.ask(0, 0, call, now));
    }

    /** A client learns the outcome. */
    synchronized void answer(History.Operation operation, Answer answer) {
        history.answer(operation, answer, System.nanoTime());
    }

    /** The keys that were asked for in this round. */
    synchronized List<String> keysOfThisRound() {
        return List.copyOf(ofThisRound);
    }

    /** The keys of the rounds before, whether they were asked for in this one or not. */
    synchronized List<String> settledKeys() {
        return List.copyOf(settled.keySet());
    }

    /** The keys of the last round that had a value at its end. */
    synchronized Set<String> presentKeys() {
        return Set.copyOf(present);
    }

    /** Judges this round so far. */
    synchronized Optional<Violation> judge() {
        return LinearizabilityChecker.check(history);
    }

    /** This round so far, as {@link HistoryLines}. */
    synchronized List<String> lines() {
        return HistoryLines.write(history);
    }

    /** How many operations this round has. */
    synchronized int operations() {
        return history.operations().size();
    }

    /** Begins the next round. The last operation of each key was a read that was alone and succeeded. */
    synchronized void settle() {
        Map<String, List<History.Operation>> byKey = new LinkedHashMap<>();
        for (History.Operation operation : history.operations()) {
            byKey.computeIfAbsent(operation.call().key(), unused -> new ArrayList<>())
                    .add(operation);
        }
        present.clear();
        byKey.forEach((key, operations) -> {
            Settled last = settled(operations);
            settled.remove(key);
            settled.put(key, last);
            if (last.value().isPresent()) {
                present.add(key);
            }
        });
        while (settled.size() > MAX_SETTLED) {
            settled.remove(settled.keySet().iterator().next());
        }
        ofThisRound.clear();
        history = new History();
    }

    private static Settled settled(List<History.Operation> operations) {
        Set<String> read = new HashSet<>();
        Map<String, Call> open = new LinkedHashMap<>();
        Optional<String> value = Optional.empty();
        for (History.Operation operation : operations) {
            Answer answer = operation.answer().orElse(new Answer.Unknown("no answer"));
            if (operation.call().kind() == Call.Kind.GET) {
                value = found(answer);
                value.ifPresent(read::add);
            } else if (answer instanceof Answer.Unknown) {
                // Several open deletes do no more than one.
                open.put(operation.call().kind() + operation.call().value(), operation.call());
            }
        }
        checkEndsWithARead(operations.getLast());
        Collection<Call> unread = open.values();
        unread.removeIf(call -> call.kind() == Call.Kind.SET && read.contains(call.value()));
        return new Settled(value, List.copyOf(unread));
    }

    private static Optional<String> found(Answer answer) {
        return answer instanceof Answer.Found found ? Optional.of(found.value()) : Optional.empty();
    }

    private static void checkEndsWithARead(History.Operation last) {
        boolean hasRead = last.answer()
                .filter(answer -> answer instanceof Answer.Found || answer instanceof Answer.Absent)
                .isPresent();
        if (!hasRead) {
            throw new IllegalStateException("a round ends with a read of each key, and not with " + last);
        }
    }
}
