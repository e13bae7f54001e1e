package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mostdb.faults.Main;

/** A short run of {@code ./mostdb faults}, of which the README has the long one. */
class FaultsIT {

    private static final String CHEAP =
            "kill,kill-majority,kill-all,stop,pause,partition,one-way,slow,cut,wipe,old-copy";

    @TempDir
    Path folder;

    @Test
    void clientsSeeLinearizableRegistersWhateverFaultsAreThrownAtTheCluster() {
        Path kept = Path.of("target", "failsafe-reports", "faults");
        StringWriter told = new StringWriter();
        int code = run(told, kept, "--duration", "30s", "--round", "15s", "--longest-pause", "4s", "--faults", CHEAP);
        assertEquals(0, code, told::toString);
    }

    @Test
    void aClusterThatForgetsIsFoundOutAndWhatExplainsItIsKept() throws IOException {
        Path kept = folder.resolve("kept");
        StringWriter told = new StringWriter();
        int code = run(told, kept, "--duration", "5s", "--faults", "all-old-copies", "--seed", "1");
        assertEquals(1, code, told::toString);
        assertTrue(told.toString().contains("is not linearizable"), told::toString);
        assertTrue(Files.readString(kept.resolve("failure.txt")).contains("--seed 1 "), told::toString);
        assertTrue(Files.size(kept.resolve("history.jsonl")) > 0, told::toString);
        assertTrue(Files.exists(kept.resolve("node-3").resolve("output-1.log")), told::toString);
    }

    private static int run(StringWriter told, Path kept, String... arguments) {
        String[] all = new String[arguments.length + 4];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--server-jar";
        all[arguments.length + 1] = Servers.JAR.toString();
        all[arguments.length + 2] = "--keep";
        all[arguments.length + 3] = kept.toString();
        int code = Main.run(new PrintWriter(told, true), all);
        System.out.println(told);
        return code;
    }
}
