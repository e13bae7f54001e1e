package org.mostdb.bench;

import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * What a score is of: two scores may be compared if these are equal.
 *
 * @param benchmark class and method
 * @param mode JMH's short name of it, such as {@code thrpt}
 * @param parameters by name
 */
record Subject(String benchmark, String mode, int threads, Map<String, String> parameters) {

    private static final String THROUGHPUT = "thrpt";

    static Subject of(BenchmarkParams run, Map<String, String> parameters) {
        return new Subject(run.getBenchmark(), run.getMode().shortLabel(), run.getThreads(), parameters);
    }

    /** Whether a higher score is the faster one, as operations per second are, and not time per operation. */
    boolean higherIsFaster() {
        return mode.equals(THROUGHPUT);
    }

    /** Without the package, which tells nothing here, and with what is not as usual. */
    @Override
    public String toString() {
        int method = benchmark.lastIndexOf('.');
        int type = benchmark.lastIndexOf('.', method - 1);
        StringBuilder text = new StringBuilder(benchmark.substring(type + 1));
        parameters.forEach(
                (name, value) -> text.append(' ').append(name).append('=').append(value));
        if (threads > 1) {
            text.append(" threads=").append(threads);
        }
        return text.toString();
    }
}
