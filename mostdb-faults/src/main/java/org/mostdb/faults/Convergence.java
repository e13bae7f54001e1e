package org.mostdb.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * All members come to hold the same, though nobody reads: none is known to be behind, and their backups have the same
 * cells. What was deleted may be forgotten by some before others.
 */
final class Convergence {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final String BEHIND = "behind";
    private static final String LAST_EQUAL = "lastEqual";

    private Convergence() {}

    /**
     * Waits for it while nobody writes.
     *
     * @return the keys of which not every member holds a cell, so that they must read as absent
     */
    static Set<String> await(Site site) {
        Set<String> notEverywhere = new HashSet<>();
        String[] difference = {"members are behind"};
        try {
            Await.until("all members hold the same", PATIENCE, () -> {
                notEverywhere.clear();
                boolean holds = noneIsBehind(site) && sameCells(site, notEverywhere, difference);
                if (!holds) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE.toMillis()));
                }
                return holds;
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + difference[0] + "; they say " + site.views(), e);
        }
        return notEverywhere;
    }

    private static boolean noneIsBehind(Site site) {
        List<ClusterView> views = site.views();
        return views.size() == site.size()
                && views.stream().flatMap(view -> view.members().stream()).allMatch(Convergence::hasAll);
    }

    private static boolean hasAll(Map<String, String> member) {
        return "true".equals(member.get("self"))
                || ("0".equals(member.get(BEHIND)) && !"null".equals(member.get(LAST_EQUAL)));
    }

    private static boolean sameCells(Site site, Set<String> notEverywhere, String[] difference) {
        List<Map<String, String>> stores = new ArrayList<>();
        for (int number = 1; number <= site.size(); number++) {
            Optional<Map<String, String>> cells = site.cellsOf(number);
            if (cells.isEmpty()) {
                difference[0] = "node " + number + " gives no backup";
                return false;
            }
            stores.add(cells.get());
        }
        Map<String, String> all = new HashMap<>();
        stores.forEach(all::putAll);
        for (Map.Entry<String, String> cell : all.entrySet()) {
            for (Map<String, String> store : stores) {
                String held = store.get(cell.getKey());
                if (held == null) {
                    notEverywhere.add(cell.getKey());
                } else if (!held.equals(cell.getValue())) {
                    difference[0] = "they hold different cells of " + cell.getKey();
                    return false;
                }
            }
        }
        return true;
    }
}
