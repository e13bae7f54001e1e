package org.mostdb.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** The scores of a run of JMH, in its order. */
final class Scores {

    private Scores() {}

    /** Those of the run that just ended. */
    static Map<Subject, Score> of(Collection<RunResult> results) {
        Map<Subject, Score> scores = new LinkedHashMap<>();
        for (RunResult result : results) {
            Result<?> primary = result.getPrimaryResult();
            scores.put(
                    Subject.of(result.getParams(), parameters(result.getParams())),
                    new Score(primary.getScore(), primary.getScoreError(), primary.getScoreUnit()));
        }
        return Collections.unmodifiableMap(scores);
    }

    /** Those of an earlier run, which left them with {@code -rf json -rff FILE}. */
    static Map<Subject, Score> read(Path file) throws InvalidBaselineException {
        byte[] json;
        try {
            json = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InvalidBaselineException("the baseline " + file + " cannot be read: name a file that is there");
        }
        return JmhJson.read(json)
                .orElseThrow(() -> new InvalidBaselineException("the baseline " + file
                        + " holds no results of JMH: name a file that './mostdb jmh -rf json -rff FILE' wrote"));
    }

    private static Map<String, String> parameters(BenchmarkParams run) {
        Map<String, String> parameters = new LinkedHashMap<>();
        run.getParamsKeys().forEach(name -> parameters.put(name, run.getParam(name)));
        return Collections.unmodifiableMap(parameters);
    }
}
