package org.mostdb.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mostdb.testkit.History.Operation;

/**
 * Decides whether a history of registers is linearizable: whether each operation can have taken effect at one instant
 * between its call and its answer, so that every read finds what the last write before it left. Keys are judged one by
 * one, which is allowed because linearizability is local.
 *
 * <p>The search is that of Wing and Gong, Testing and verifying concurrent objects, JPDC 1993, in the form of Lowe,
 * Testing for linearizability, CCPE 2017: calls are taken in their order and undone at an answer that no choice so far
 * explains, and a pair of (operations taken, value) that was met before is not searched again.
 *
 * <p>Three rules keep it fast, and change no verdict. A read that fits the present value is taken at once and never
 * undone: it changes nothing, so no later choice is lost. An open write whose value nobody read is left out: whatever
 * explains the history with it explains it without. And of several open deletes only the one asked first is tried: they
 * do the same, and it can stand wherever another could.
 */
public final class LinearizabilityChecker {

    private static final int ABSENT = 0;

    private LinearizabilityChecker() {}

    /**
     * Why a key's history is not linearizable.
     *
     * @param explained an order of operations that explains as much as any
     * @param unexplained the operation whose answer cannot be had after these
     */
    public record Violation(String key, List<Operation> explained, Operation unexplained) {

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("the history of key " + key + " is not linearizable: after\n");
            List<Operation> tail = explained.subList(Math.max(0, explained.size() - 12), explained.size());
            tail.forEach(operation -> text.append("  ").append(operation).append('\n'));
            return text.append("nothing explains\n  ").append(unexplained).toString();
        }
    }

    /** Judges all keys; the first violation, or empty if there is none. */
    public static Optional<Violation> check(History history) {
        for (Map.Entry<String, List<Operation>> entry : history.byKey().entrySet()) {
            Optional<Violation> violation = new Search(entry.getKey(), entry.getValue()).run();
            if (violation.isPresent()) {
                return violation;
            }
        }
        return Optional.empty();
    }

    /** The call or the answer of an operation, in a list from which both are taken while the operation is. */
    private static final class Event {

        private final Step step;
        private final boolean isCall;
        private final int at;
        private @Nullable Event previous;
        private @Nullable Event next;

        private Event(Step step, boolean isCall, int at) {
            this.step = step;
            this.isCall = isCall;
            this.at = at;
        }

        private void unlink() {
            if (previous != null) {
                previous.next = next;
            }
            if (next != null) {
                next.previous = previous;
            }
        }

        private void relink() {
            if (previous != null) {
                previous.next = this;
            }
            if (next != null) {
                next.previous = this;
            }
        }
    }

    /** An operation in the terms of the search: values are numbers. */
    private static final class Step {

        private final Operation operation;
        private final int index;
        private final boolean isRead;
        private final int value;
        private final Event call;
        private final @Nullable Event answer;

        private Step(Operation operation, int index, boolean isRead, int value) {
            this.operation = operation;
            this.index = index;
            this.isRead = isRead;
            this.value = value;
            this.call = new Event(this, true, operation.asked());
            this.answer = operation.isOpen() ? null : new Event(this, false, operation.ended());
        }

        private boolean isOpenDelete() {
            return !isRead && value == ABSENT && answer == null;
        }
    }

    /** What was known before a step was taken. */
    private record Taken(Step step, int valueBefore) {}

    /** A point of the search that need not be visited twice. */
    private record Visited(BitSet taken, int value) {}

    private static final class Search {

        private final String key;
        private final List<Step> steps = new ArrayList<>();
        private final Event head;
        private final Deque<Taken> taken = new ArrayDeque<>();
        private final BitSet takenSet = new BitSet();
        private final Set<Visited> visited = new HashSet<>();
        private List<Operation> longest = List.of();
        private @Nullable Operation obstacle;
        private int value = ABSENT;
        private int answersLeft;

        private Search(String key, List<Operation> operations) {
            this.key = key;
            Map<String, Integer> numbers = new HashMap<>();
            Set<String> read = new HashSet<>();
            for (Operation operation : operations) {
                if (operation.answer().orElse(null) instanceof Answer.Found found) {
                    read.add(found.value());
                }
            }
            for (Operation operation : operations) {
                Call call = operation.call();
                boolean neverRead = call.kind() == Call.Kind.SET && operation.isOpen() && !read.contains(call.value());
                if (!neverRead) {
                    steps.add(new Step(
                            operation, steps.size(), call.kind() == Call.Kind.GET, valueOf(operation, numbers)));
                }
            }
            head = link();
        }

        private static int valueOf(Operation operation, Map<String, Integer> numbers) {
            String text = switch (operation.call().kind()) {
                case SET -> operation.call().value();
                case GET -> operation.answer().orElseThrow() instanceof Answer.Found found ? found.value() : null;
                case DELETE -> null;
            };
            return text == null ? ABSENT : numbers.computeIfAbsent(text, unused -> numbers.size() + 1);
        }

        private Event link() {
            List<Event> events = new ArrayList<>();
            for (Step step : steps) {
                events.add(step.call);
                if (step.answer != null) {
                    events.add(step.answer);
                    answersLeft++;
                }
            }
            events.sort(Comparator.comparingInt(event -> event.at));
            Event first = new Event(new Step(STAND_IN, 0, true, 0), true, -1);
            Event last = first;
            for (Event event : events) {
                event.previous = last;
                last.next = event;
                last = event;
            }
            return first;
        }

        private Optional<Violation> run() {
            Event event = head.next;
            boolean openDeleteTried = false;
            while (answersLeft > 0 && event != null) {
                if (event.isCall) {
                    Step step = event.step;
                    boolean isRepeated = step.isOpenDelete() && openDeleteTried;
                    openDeleteTried |= step.isOpenDelete();
                    if (!isRepeated && take(step)) {
                        event = head.next;
                        openDeleteTried = false;
                    } else {
                        event = event.next;
                    }
                } else {
                    rememberLongest(event.step.operation);
                    Step undone = undo();
                    if (undone == null) {
                        return Optional.of(violation());
                    }
                    event = undone.call.next;
                    openDeleteTried = openDeleteBefore(undone.call.next);
                }
            }
            return Optional.empty();
        }

        private boolean openDeleteBefore(@Nullable Event place) {
            for (Event event = head.next; event != null && event != place; event = event.next) {
                if (event.isCall && event.step.isOpenDelete()) {
                    return true;
                }
            }
            return false;
        }

        /** Lets an operation take effect now, if it can and that leads to where the search has not been. */
        private boolean take(Step step) {
            if (step.isRead && step.value != value) {
                return false;
            }
            takenSet.set(step.index);
            if (!step.isRead && !visited.add(new Visited((BitSet) takenSet.clone(), step.value))) {
                takenSet.clear(step.index);
                return false;
            }
            taken.push(new Taken(step, value));
            value = step.value;
            step.call.unlink();
            if (step.answer != null) {
                step.answer.unlink();
                answersLeft--;
            }
            return true;
        }

        /** Takes back the last write, with the reads that followed it. */
        private @Nullable Step undo() {
            while (!taken.isEmpty()) {
                Taken last = taken.pop();
                Step step = last.step();
                takenSet.clear(step.index);
                value = last.valueBefore();
                if (step.answer != null) {
                    step.answer.relink();
                    answersLeft++;
                }
                step.call.relink();
                if (!step.isRead) {
                    return step;
                }
            }
            return null;
        }

        private void rememberLongest(Operation unexplained) {
            if (obstacle == null || taken.size() > longest.size()) {
                List<Operation> order = new ArrayList<>();
                taken.descendingIterator().forEachRemaining(step -> order.add(step.step().operation));
                longest = order;
                obstacle = unexplained;
            }
        }

        private Violation violation() {
            if (obstacle == null) {
                throw new IllegalStateException("a search that met no obstacle found no order");
            }
            return new Violation(key, longest, obstacle);
        }
    }

    private static final Operation STAND_IN = new History().ask(0, 0, Call.get(""), 0);
}
