package org.mostdb.server;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a client that is alone in writing its keys may read of them. A write is in doubt until it is answered with
 * success: it may take effect at any later time, or never. Once a later read or success settled the key, an older value
 * that was already visible never comes back.
 *
 * <p>Safe for use by many threads, each with keys of its own.
 */
final class Ledger {

    static final String ABSENT = "";

    private static final class Account {
        private String settled = ABSENT;
        private final Set<String> inDoubt = new HashSet<>();
    }

    private final Map<String, Account> accounts = new ConcurrentHashMap<>();

    /** A write that was in doubt was answered with success. */
    void acknowledged(String key, String value) {
        Account account = account(key);
        account.inDoubt.remove(value);
        account.settled = value;
    }

    /** A write is about to be sent. */
    void inDoubt(String key, String value) {
        account(key).inDoubt.add(value);
    }

    /** Checks what a read found, {@link #ABSENT} for nothing. */
    void read(String key, String value) {
        Account account = account(key);
        if (account.settled.equals(value)) {
            return;
        }
        if (!account.inDoubt.remove(value)) {
            throw new AssertionError("key " + key + " must be \"" + account.settled + "\" or one of " + account.inDoubt
                    + ", and is \"" + value + "\"");
        }
        account.settled = value;
    }

    Set<String> keys() {
        return Set.copyOf(accounts.keySet());
    }

    private Account account(String key) {
        return accounts.computeIfAbsent(key, unseen -> new Account());
    }
}
