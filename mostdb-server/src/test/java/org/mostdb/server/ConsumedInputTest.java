package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.helidon.common.buffers.DataReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsumedInputTest {

    private static final int REQUESTS = 3_000;
    private static final int MIB = 1 << 20;

    @SuppressWarnings("UnusedVariable") // keeps the JVM from leaving out what nobody uses
    private static volatile byte[] garbage = {};

    @Test
    void whatIsNotReadYetIsLeft() {
        byte[][] pieces = {{1}, {2, 3}, {4, 5}, {6}};
        int[] next = {0};
        DataReader reader = DataReader.create(() -> next[0] < pieces.length ? pieces[next[0]++] : null);
        ConsumedInput input = new ConsumedInput(reader);
        for (int i = 1; i <= 6; i++) {
            if (i == 3) {
                reader.pullData(); // ahead of what is read
            }
            input.letGo();
            input.letGo();
            assertEquals(i, reader.read());
        }
    }

    /** As after a while of requests: those after a full collection are young, and what the connection holds is old. */
    @ParameterizedTest
    @ValueSource(strings = {"/mostdb/get", "/mostdb/get?by=the-web-server"})
    void requestsOnAConnectionThatIsOldAreCollectedYoung(String path, @TempDir Path root) throws Exception {
        try (RunningNode node = RunningNode.start(root);
                RawClient client = new RawClient(node.port())) {
            ask(client, path);
            System.gc();
            for (int i = 0; i < REQUESTS; i++) {
                ask(client, path);
            }
            int left = readNodes();
            // As many bytes as the heap can have, and so at least one collection of the young ones.
            for (long bytes = 0; bytes < Runtime.getRuntime().maxMemory() && left > REQUESTS / 10; bytes += 64 * MIB) {
                litter(64 * MIB);
                left = readNodes();
            }
            assertTrue(left <= REQUESTS / 10, "of " + REQUESTS + " requests " + left + " buffers are left");
        }
    }

    private static void litter(int bytes) {
        for (int i = 0; i < bytes; i += 1 << 10) {
            garbage = new byte[1 << 10];
        }
    }

    private static void ask(RawClient client, String path) throws IOException {
        String answer = client.ask(path, "{\"key\":\"a\"}").answer();
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }

    /** How many there are, garbage that is not collected yet among them. */
    private static int readNodes() throws JMException {
        Object histogram = ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[] {"-all"}},
                        new String[] {String[].class.getName()});
        Matcher line = Pattern.compile("(\\d+) +\\d+ +" + Pattern.quote(DataReader.class.getName() + "$Node"))
                .matcher(String.valueOf(histogram));
        return line.find() ? Integer.parseInt(line.group(1)) : 0;
    }
}
