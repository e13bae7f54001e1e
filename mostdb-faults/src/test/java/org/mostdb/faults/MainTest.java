package org.mostdb.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {

    private final StringWriter text = new StringWriter();

    @Test
    void anUnknownFaultIsRefusedWithTheListOfThoseThereAre() {
        assertEquals(2, run("--faults", "kill,earthquake"));
        assertTrue(text.toString().contains("kill,kill-majority"), text::toString);
    }

    @Test
    void aTimeWithoutAUnitIsRefusedWithAnExample() {
        assertEquals(2, run("--duration", "30"));
        assertTrue(text.toString().contains("30m"), text::toString);
    }

    @Test
    void aMissingServerIsToldWithWhatBuildsIt() {
        assertEquals(2, run("--server-jar", "no-such.jar"));
        assertTrue(text.toString().contains("./mostdb build"), text::toString);
    }

    @Test
    void whatNoClusterSurvivesIsNoneOfTheFaultsThatAreOffered() {
        assertEquals(0, run("--help"));
        assertTrue(text.toString().contains("old-copy"), text::toString);
        assertFalse(text.toString().contains(FaultKind.ALL_OLD_COPIES.word()), text::toString);
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(text, true), arguments);
    }
}
