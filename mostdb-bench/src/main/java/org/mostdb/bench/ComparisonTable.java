package org.mostdb.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The scores of a run beside those of an earlier one, as people read them. */
final class ComparisonTable {

    private static final String NONE = "-";
    private static final String GAP = "  ";

    private final Map<Subject, Score> before;
    private final List<List<String>> rows = new ArrayList<>();

    private ComparisonTable(Map<Subject, Score> before) {
        this.before = before;
    }

    /** Has a row for each score of the later run, in its order. */
    static void print(Map<Subject, Score> before, Map<Subject, Score> after, PrintWriter out) {
        ComparisonTable table = new ComparisonTable(before);
        table.rows.add(List.of("benchmark", "before", "after", "ratio", ""));
        after.forEach(table::addRow);
        out.println();
        table.printTo(out);
        out.println();
        out.println("ratio: after / before; faster, slower: the intervals (99.9 %) do not overlap");
        out.flush();
    }

    private void addRow(Subject subject, Score now) {
        Score earlier = before.get(subject);
        String name = subject.toString();
        if (earlier == null) {
            rows.add(List.of(name, NONE, now.toString(), NONE, ""));
        } else if (earlier.unit().equals(now.unit())) {
            String ratio = String.format(Locale.ROOT, "%.2f", now.value() / earlier.value());
            rows.add(List.of(name, earlier.toString(), now.toString(), ratio, mark(subject, earlier, now)));
        } else {
            // Other units may have been asked for; their ratio would mislead.
            rows.add(List.of(name, earlier.toString(), now.toString(), NONE, ""));
        }
    }

    private static String mark(Subject subject, Score earlier, Score now) {
        if (!now.isApartFrom(earlier)) {
            return "";
        }
        return subject.higherIsFaster() == now.value() > earlier.value() ? "faster" : "slower";
    }

    /** Names and marks begin in one column, numbers end in one. */
    private void printTo(PrintWriter out) {
        int last = rows.getFirst().size() - 1;
        int[] widths = new int[last];
        for (List<String> row : rows) {
            for (int i = 0; i < last; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.getFirst())
                    .repeat(' ', widths[0] - row.getFirst().length());
            for (int i = 1; i < last; i++) {
                line.append(GAP).repeat(' ', widths[i] - row.get(i).length()).append(row.get(i));
            }
            out.println(line.append(GAP).append(row.get(last)).toString().stripTrailing());
        }
    }
}
