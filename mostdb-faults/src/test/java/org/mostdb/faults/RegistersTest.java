package org.mostdb.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;

class RegistersTest {

    private static final String KEY = "k";

    private final Registers registers = new Registers();

    @Test
    void whatWasReadAtTheEndOfARoundMustBeThereInTheNext() {
        write("a");
        find("a");
        registers.settle();
        find("a");
        assertEquals(Optional.empty(), registers.judge());
        registers.settle();
        findNothing();
        assertTrue(registers.judge().isPresent());
    }

    @Test
    void aValueOfAnEarlierRoundThatWasOverwrittenNeverComesBack() {
        write("a");
        write("b");
        find("b");
        registers.settle();
        find("a");
        assertTrue(registers.judge().isPresent());
    }

    @Test
    void whatWasDeletedInAnEarlierRoundNeverComesBack() {
        write("a");
        answer(Call.delete(KEY), new Answer.Written());
        findNothing();
        registers.settle();
        find("a");
        assertTrue(registers.judge().isPresent());
    }

    @Test
    void aWriteWithoutAKnownOutcomeMayTakeEffectRoundsLaterButOnlyOnce() {
        write("a");
        answer(Call.set(KEY, "late"), new Answer.Unknown("no majority"));
        find("a");
        registers.settle();
        find("a");
        registers.settle();
        find("late");
        assertEquals(Optional.empty(), registers.judge());
        registers.settle();
        write("b");
        find("late");
        assertTrue(registers.judge().isPresent());
    }

    @Test
    void aDeleteWithoutAKnownOutcomeMayTakeEffectARoundLater() {
        write("a");
        answer(Call.delete(KEY), new Answer.Unknown("no majority"));
        find("a");
        registers.settle();
        findNothing();
        assertEquals(Optional.empty(), registers.judge());
    }

    @Test
    void aRoundIsNotSettledBeforeEachKeyWasRead() {
        write("a");
        assertThrows(IllegalStateException.class, registers::settle);
    }

    @Test
    void onlyTheKeysThatAreAskedForAreJudgedInARound() {
        write("a");
        find("a");
        registers.settle();
        assertEquals(List.of(), registers.keysOfThisRound());
        assertEquals(List.of(KEY), registers.settledKeys());
        assertEquals(0, registers.operations());
    }

    private void write(String value) {
        answer(Call.set(KEY, value), new Answer.Written());
    }

    private void find(String value) {
        answer(Call.get(KEY), new Answer.Found(value));
    }

    private void findNothing() {
        answer(Call.get(KEY), new Answer.Absent());
    }

    private void answer(Call call, Answer answer) {
        registers.answer(registers.ask(1, 1, call), answer);
    }
}
