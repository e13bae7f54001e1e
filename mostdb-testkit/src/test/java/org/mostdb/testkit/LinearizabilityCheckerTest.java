package org.mostdb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mostdb.testkit.History.Operation;

/** Histories whose verdict is known, and histories judged a second time by trying all orders. */
class LinearizabilityCheckerTest {

    private final History history = new History();
    private long now;

    private Operation ask(Call call) {
        return history.ask(0, 0, call, ++now);
    }

    private void end(Operation operation, Answer answer) {
        history.answer(operation, answer, ++now);
    }

    private void set(String value) {
        end(ask(Call.set("k", value)), new Answer.Written());
    }

    private void delete() {
        end(ask(Call.delete("k")), new Answer.Written());
    }

    private void finds(String value) {
        end(ask(Call.get("k")), new Answer.Found(value));
    }

    private void findsNothing() {
        end(ask(Call.get("k")), new Answer.Absent());
    }

    private void assertLinearizable() {
        assertEquals(
                "", LinearizabilityChecker.check(history).map(Object::toString).orElse(""));
    }

    private void assertViolated() {
        assertFalse(LinearizabilityChecker.check(history).isEmpty(), "a wrong history was taken for linearizable");
    }

    @Test
    void nothingAskedIsLinearizable() {
        assertLinearizable();
    }

    @Test
    void oneAfterTheOtherIsLinearizable() {
        findsNothing();
        set("a");
        finds("a");
        set("b");
        finds("b");
        delete();
        findsNothing();
        assertLinearizable();
    }

    @Test
    void aReadDuringAWriteMayFindEither() {
        set("a");
        Operation write = ask(Call.set("k", "b"));
        finds("a");
        finds("b");
        end(write, new Answer.Written());
        assertLinearizable();
    }

    @Test
    void aStaleReadIsAViolation() {
        set("a");
        set("b");
        finds("a");
        assertViolated();
    }

    @Test
    void aLostWriteIsAViolation() {
        set("a");
        findsNothing();
        assertViolated();
    }

    @Test
    void aValueBackAfterItsDeleteIsAViolation() {
        set("a");
        delete();
        findsNothing();
        finds("a");
        assertViolated();
    }

    @Test
    void readsThatGoBackInTimeAreAViolation() {
        set("a");
        Operation write = ask(Call.set("k", "b"));
        finds("b");
        finds("a");
        end(write, new Answer.Written());
        assertViolated();
    }

    @Test
    void aValueThatNobodyWroteIsAViolation() {
        set("a");
        finds("b");
        assertViolated();
    }

    @Test
    void aValueOfAWriteThatWasNotAppliedIsAViolation() {
        end(ask(Call.set("k", "a")), new Answer.NotApplied("no majority"));
        finds("a");
        assertViolated();
    }

    @Test
    void aValueReadBeforeItsWriteWasAskedIsAViolation() {
        finds("a");
        set("a");
        assertViolated();
    }

    @Test
    void aWriteOfUnknownOutcomeMayNeverTakeEffect() {
        set("a");
        end(ask(Call.set("k", "b")), new Answer.Unknown("crash"));
        finds("a");
        set("c");
        finds("c");
        assertLinearizable();
    }

    @Test
    void aWriteOfUnknownOutcomeMayTakeEffectLate() {
        end(ask(Call.set("k", "a")), new Answer.Unknown("crash"));
        set("b");
        finds("b");
        finds("a");
        assertLinearizable();
    }

    @Test
    void aWriteOfUnknownOutcomeTakesEffectOnce() {
        end(ask(Call.set("k", "a")), new Answer.Unknown("crash"));
        finds("a");
        set("b");
        finds("b");
        finds("a");
        assertViolated();
    }

    @Test
    void deletesOfUnknownOutcomeTakeEffectAtMostOnceEach() {
        set("a");
        ask(Call.delete("k"));
        findsNothing();
        set("b");
        finds("b");
        assertLinearizable();
        findsNothing();
        assertViolated();
    }

    @Test
    void twoDeletesOfUnknownOutcomeExplainTwoAbsences() {
        set("a");
        ask(Call.delete("k"));
        ask(Call.delete("k"));
        findsNothing();
        set("b");
        finds("b");
        findsNothing();
        assertLinearizable();
    }

    @Test
    void aReadWithoutAnAnswerSaysNothing() {
        set("a");
        ask(Call.get("k"));
        finds("a");
        assertLinearizable();
    }

    @Test
    void concurrentWritesMayTakeEffectInAnyOrderButInOne() {
        Operation a = ask(Call.set("k", "a"));
        Operation b = ask(Call.set("k", "b"));
        end(a, new Answer.Written());
        end(b, new Answer.Written());
        finds("a");
        assertLinearizable();
        finds("b");
        assertViolated();
    }

    @Test
    void keysAreJudgedOneByOne() {
        set("a");
        end(ask(Call.get("other")), new Answer.Absent());
        finds("a");
        assertLinearizable();
        end(ask(Call.get("other")), new Answer.Found("a"));
        assertViolated();
    }

    @Test
    void aViolationNamesTheOperationThatNothingExplains() {
        set("a");
        set("b");
        finds("a");
        LinearizabilityChecker.Violation violation =
                LinearizabilityChecker.check(history).orElseThrow();
        assertEquals(2, violation.unexplained().id());
        assertTrue(violation.toString().contains("Found[value=a]"), violation.toString());
    }

    /** Registers that are right by construction, each operation taking effect at one instant between its ends. */
    @Test
    void historiesOfARightRegisterAreLinearizable() {
        for (long seed = 0; seed < 300; seed++) {
            History right = RandomHistory.of(seed, false);
            assertEquals(
                    "",
                    LinearizabilityChecker.check(right).map(Object::toString).orElse(""),
                    "seed " + seed);
        }
    }

    /** The same with one read changed: a verdict by trying all orders must agree. */
    @Test
    void verdictsAgreeWithTryingAllOrders() {
        Map<Boolean, Integer> verdicts = new HashMap<>();
        for (long seed = 0; seed < 3000; seed++) {
            History some = RandomHistory.of(seed, true);
            boolean expected = AllOrders.isLinearizable(some.operations());
            assertEquals(expected, LinearizabilityChecker.check(some).isEmpty(), "seed " + seed);
            verdicts.merge(expected, 1, Integer::sum);
        }
        assertTrue(verdicts.getOrDefault(true, 0) > 300 && verdicts.getOrDefault(false, 0) > 300, verdicts.toString());
    }

    @Test
    void aHistoryIsReadAsItWasWritten() {
        set("a \"quoted\" value, ä");
        end(ask(Call.delete("k")), new Answer.Unknown("crash"));
        end(ask(Call.set("k", "b")), new Answer.NotApplied("no majority"));
        ask(Call.get("k"));
        findsNothing();
        List<String> lines = HistoryLines.write(history);
        History read = HistoryLines.read(lines.stream());
        assertEquals(lines, HistoryLines.write(read));
        assertEquals(
                history.operations().stream().map(Operation::toString).toList(),
                read.operations().stream().map(Operation::toString).toList());
        assertTrue(LinearizabilityChecker.check(read).isEmpty());
    }

    /** Small histories of one key, drawn from a seed. */
    private static final class RandomHistory {

        static History of(long seed, boolean small) {
            SeededRandom random = new SeededRandom(seed);
            History history = new History();
            List<Operation> open = new ArrayList<>();
            Map<Operation, Answer> effects = new HashMap<>();
            String value = "";
            int wanted = small ? 7 : 200;
            for (int asked = 0; asked < wanted || !open.isEmpty(); ) {
                if (asked < wanted && open.size() < 6 && random.chance(0.5)) {
                    open.add(history.ask(0, 0, call(random, asked++), 0));
                    continue;
                }
                if (open.isEmpty()) {
                    continue;
                }
                Operation operation = random.oneOf(open);
                Answer effect = effects.get(operation);
                if (effect != null) {
                    open.remove(operation);
                    history.answer(operation, random.chance(0.05) ? new Answer.Unknown("") : effect, 0);
                } else if (random.chance(0.02)) {
                    open.remove(operation);
                } else {
                    switch (operation.call().kind()) {
                        case SET -> value = operation.call().value();
                        case DELETE -> value = "";
                        case GET -> {
                            String found = small && random.chance(0.2) ? "v" + random.between(0, wanted) : value;
                            effects.put(operation, found.isEmpty() ? new Answer.Absent() : new Answer.Found(found));
                        }
                    }
                    effects.putIfAbsent(operation, new Answer.Written());
                }
            }
            return history;
        }

        private static Call call(SeededRandom random, int number) {
            return random.chance(0.5)
                    ? Call.get("k")
                    : random.chance(0.3) ? Call.delete("k") : Call.set("k", "v" + number);
        }
    }

    /** The definition of linearizability, word by word. */
    private static final class AllOrders {

        static boolean isLinearizable(List<Operation> operations) {
            List<Operation> relevant = operations.stream()
                    .filter(operation -> operation.call().kind() != Call.Kind.GET || !operation.isOpen())
                    .toList();
            return search(relevant, "");
        }

        private static boolean search(List<Operation> left, String value) {
            if (left.stream().allMatch(Operation::isOpen)) {
                return true;
            }
            int firstEnd = left.stream().mapToInt(Operation::ended).min().orElseThrow();
            for (Operation next : left) {
                if (next.asked() > firstEnd) {
                    continue;
                }
                String after = switch (next.call().kind()) {
                    case SET -> next.call().value();
                    case DELETE -> "";
                    case GET -> value;
                };
                boolean fits = next.call().kind() != Call.Kind.GET
                        || (next.answer().orElseThrow() instanceof Answer.Found found ? found.value() : "")
                                .equals(value);
                if (fits) {
                    List<Operation> rest = new ArrayList<>(left);
                    rest.remove(next);
                    if (search(rest, after)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }
}
