package org.mostdb.quorum;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mostdb.api.Bytes;
import org.mostdb.api.MajorityUnavailableException;
import org.mostdb.api.OutcomeUnknownException;
import org.mostdb.quorum.Operation.Kind;
import org.mostdb.quorum.Operation.Outcome;

class AbandonedOperationsTest {

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void whatTheCoreDoesNotEndIsEndedAndWhatIsInTimeIsNot() {
        try (AbandonedOperations abandoned = new AbandonedOperations(Duration.ofMillis(10))) {
            Operation read = operation(Kind.GET, 0);
            Operation write = operation(Kind.SET, 0);
            Operation inTime = operation(Kind.GET, TimeUnit.HOURS.toNanos(1));
            abandoned.watch(inTime);
            abandoned.watch(read);
            abandoned.watch(write);
            abandoned.start();
            assertInstanceOf(MajorityUnavailableException.class, failureOf(read));
            assertInstanceOf(OutcomeUnknownException.class, failureOf(write));
            assertFalse(inTime.outcome.isDone());
        }
    }

    private static Operation operation(Kind kind, long nanosLeft) {
        return new Operation(kind, Bytes.utf8("k"), null, System.nanoTime() + nanosLeft, () -> {});
    }

    private static Exception failureOf(Operation operation) {
        return assertInstanceOf(Outcome.Failed.class, operation.outcome.join()).reason();
    }
}
