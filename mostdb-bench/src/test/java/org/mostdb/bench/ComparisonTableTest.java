package org.mostdb.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonTableTest {

    @TempDir
    Path folder;

    @Test
    void showsBothScoresTheirRatioAndWhichIntervalsAreApart() throws Exception {
        Path before = write(
                "before.json",
                result("org.a.Core.set", "thrpt", "{\"n\": \"1\", \"kind\": \"x\"}", "10000.0", "500.0", "ops/s"),
                result("org.a.Core.set", "thrpt", "{\"n\": \"64\", \"kind\": \"x\"}", "200.0", "30.0", "ops/s"),
                result("org.a.Codec.encode", "avgt", "", "2.5", "0.25", "us/op"),
                result("org.a.Link.roundTrip", "avgt", "", "40.0", "1.0", "us/op"),
                result("org.a.Once.run", "ss", "", "5.0", "\"NaN\"", "s/op"),
                result("org.a.Other.unit", "avgt", "", "5.0", "1.0", "us/op"));
        Path after = write(
                "after.json",
                result("org.a.Codec.encode", "avgt", "", "5.0", "0.25", "us/op"),
                result("org.a.Core.set", "thrpt", "{\"kind\": \"x\", \"n\": \"1\"}", "15000.0", "500.0", "ops/s"),
                result("org.a.Core.set", "thrpt", "{\"kind\": \"x\", \"n\": \"64\"}", "250.0", "30.0", "ops/s"),
                result("org.a.Link.roundTrip", "avgt", "", "30.0", "1.0", "us/op"),
                result("org.a.New.run", "thrpt", "", "1.0", "0.5", "ops/s"),
                result("org.a.Once.run", "ss", "", "10.0", "\"NaN\"", "s/op"),
                result("org.a.Other.unit", "avgt", "", "5000.0", "1.0", "ns/op"));

        assertEquals("""

                benchmark                          before                after  ratio
                Codec.encode          2.500 ± 0.250 us/op  5.000 ± 0.250 us/op   2.00  slower
                Core.set kind=x n=1    10,000 ± 500 ops/s   15,000 ± 500 ops/s   1.50  faster
                Core.set kind=x n=64   200.0 ± 30.0 ops/s   250.0 ± 30.0 ops/s   1.25
                Link.roundTrip           40.0 ± 1.0 us/op     30.0 ± 1.0 us/op   0.75  faster
                New.run                                 -  1.000 ± 0.500 ops/s      -
                Once.run                       5.000 s/op            10.0 s/op   2.00
                Other.unit            5.000 ± 1.000 us/op      5,000 ± 1 ns/op      -

                ratio: after / before; faster, slower: the intervals (99.9 %) do not overlap
                """, table(before, after));
    }

    @Test
    void scoresOfOtherThreadsAreNotCompared() throws Exception {
        String one = result("org.a.Core.set", "thrpt", "", "10.0", "1.0", "ops/s");
        Path before = write("before.json", one);
        Path after = write("after.json", one.replace("\"threads\": 1", "\"threads\": 4"));

        String row = table(before, after).lines().skip(2).findFirst().orElseThrow();
        assertTrue(row.matches("Core.set threads=4 +- +10.0 ± 1.0 ops/s +-"), row);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no JSON",
                "{}",
                "[]",
                "[1]",
                "[{}]",
                "[{\"benchmark\": \"a.B.c\"",
                "[{\"benchmark\": \"a.B.c\", \"mode\": \"thrpt\", \"threads\": 1, \"primaryMetric\": {\"score\": 1}}]",
                "[{\"benchmark\": \"a.B.c\", \"mode\": \"thrpt\", \"threads\": 1,"
                        + " \"primaryMetric\": {\"score\": \"x\", \"scoreError\": 1, \"scoreUnit\": \"s\"}}]"
            })
    void aFileThatJmhDidNotWriteIsRefusedInASentence(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("wrong.json"), content);

        String message = assertThrows(InvalidBaselineException.class, () -> Scores.read(file))
                .getMessage();
        assertEquals(
                "the baseline " + file
                        + " holds no results of JMH: name a file that './mostdb jmh -rf json -rff FILE' wrote",
                message);
    }

    @Test
    void aFileThatIsNotThereIsRefusedBeforeAnythingRuns() {
        String missing = folder.resolve("missing.json").toString();

        String message = assertThrows(
                        InvalidBaselineException.class,
                        () -> Benchmarks.run(new PrintWriter(new StringWriter()), "--baseline", missing))
                .getMessage();
        assertEquals("the baseline " + missing + " cannot be read: name a file that is there", message);
    }

    @Test
    void theOptionWithoutAFileIsRefused() {
        String message = assertThrows(
                        InvalidBaselineException.class,
                        () -> Benchmarks.run(new PrintWriter(new StringWriter()), "--baseline"))
                .getMessage();
        assertEquals("--baseline needs the name of a file after it", message);
    }

    private static String table(Path before, Path after) throws InvalidBaselineException {
        StringWriter text = new StringWriter();
        ComparisonTable.print(Scores.read(before), Scores.read(after), new PrintWriter(text));
        return text.toString();
    }

    private Path write(String name, String... results) throws IOException {
        return Files.writeString(
                folder.resolve(name), Stream.of(results).toList().toString());
    }

    /** With fields that do not matter, as JMH writes them. */
    private static String result(
            String benchmark, String mode, String parameters, String score, String error, String unit) {
        return """
                {"jmhVersion": "1.37", "benchmark": "%s", "mode": "%s", "threads": 1, "jvmArgs": ["-Xmx1g"], %s
                 "primaryMetric": {"score": %s, "scoreError": %s, "scoreConfidence": [1.0, "NaN"],
                                   "scorePercentiles": {"0.0": 1.0}, "scoreUnit": "%s", "rawData": [[1.0]]},
                 "secondaryMetrics": {"benchmark": {"score": 1.0}}}
                """.formatted(
                benchmark, mode, parameters.isEmpty() ? "" : "\"params\": " + parameters + ",", score, error, unit);
    }
}
