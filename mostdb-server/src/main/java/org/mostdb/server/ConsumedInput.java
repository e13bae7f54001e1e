package org.mostdb.server;

import io.helidon.common.buffers.DataReader;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Lets go of what a connection has read. The reader of Helidon 4.4 keeps what comes in a linked list, and goes along
 * it. Once the collector has moved a node of it to the old generation, that node, although nobody needs it any more,
 * keeps all that come after it from being collected with the young ones, for as long as the connection lives: the heap
 * grows by each request, up to its limit. So the link of a node that was left behind is cut.
 *
 * <p>For the thread of the connection.
 */
final class ConsumedInput {

    private static final VarHandle HEAD;
    private static final VarHandle NEXT;

    static {
        try {
            Lookup lookup = MethodHandles.privateLookupIn(DataReader.class, MethodHandles.lookup());
            Class<?> node = lookup.findClass(DataReader.class.getName() + "$Node");
            HEAD = lookup.findVarHandle(DataReader.class, "head", node);
            NEXT = MethodHandles.privateLookupIn(node, lookup).findVarHandle(node, "next", node);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("another Helidon than this was written for: see whether it still needs it", e);
        }
    }

    private final DataReader reader;
    private @Nullable Object head;

    ConsumedInput(DataReader reader) {
        this.reader = reader;
    }

    /** Cuts what was read since the last call off from what comes. */
    void letGo() {
        Object now = HEAD.get(reader);
        Object before = head;
        if (before != null && !before.equals(now)) {
            NEXT.set(before, null);
        }
        head = now;
    }
}
