package org.mostdb.quorum;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.MemberRecord;

/**
 * Which node is at each configured address now, and which member was last met there. The second is kept in the store:
 * it tells whose place a node takes that comes to an address with an empty store.
 */
final class AddressBook {

    private final Replica replica;
    private final List<URI> addresses;
    private final @Nullable NodeId[] atAddress;
    private final @Nullable NodeId[] met;

    /** @param stored what an earlier life recorded; empty if nothing */
    AddressBook(Replica replica, List<URI> addresses, byte[] stored) {
        this.replica = replica;
        this.addresses = List.copyOf(addresses);
        this.atAddress = new NodeId[addresses.size()];
        this.met = new NodeId[addresses.size()];
        Map<String, NodeId> byAddress = decode(stored);
        for (int i = 0; i < met.length; i++) {
            met[i] = byAddress.get(addresses.get(i).toString());
        }
    }

    @Nullable
    NodeId at(int address) {
        return atAddress[address];
    }

    void put(int address, @Nullable NodeId id) {
        atAddress[address] = id;
    }

    /** All that is at the addresses now counts as met: these are about to be proposed as the members. */
    void meetAll() {
        System.arraycopy(atAddress, 0, met, 0, met.length);
        record();
    }

    /** Remembers the members that are at the addresses now. */
    void meet(Membership members) {
        boolean isNew = false;
        for (int i = 0; i < met.length; i++) {
            NodeId id = atAddress[i];
            if (id != null && !id.equals(met[i]) && members.contains(id)) {
                met[i] = id;
                isNew = true;
            }
        }
        if (isNew) {
            record();
        }
    }

    /** A member's place was given to another node. */
    void replaced(NodeId before, NodeId after) {
        for (int i = 0; i < met.length; i++) {
            if (before.equals(met[i])) {
                met[i] = after;
                record();
            }
        }
    }

    /**
     * The place of the member that was last met at the address where a node is now; if none was met there, the one
     * place that was met at no other address; -1 if that is not clear either.
     */
    int placeAtAddressOf(NodeId node, Membership members, NodeId self) {
        int address = Arrays.asList(atAddress).indexOf(node);
        if (address < 0) {
            return -1;
        }
        NodeId last = met[address];
        if (last != null && members.contains(last)) {
            return members.placeOf(last);
        }
        boolean[] taken = new boolean[members.size()];
        taken[members.placeOf(self)] = true;
        for (int other = 0; other < met.length; other++) {
            int place =
                    other == address || met[other] == null ? -1 : members.placeOf(Objects.requireNonNull(met[other]));
            if (place >= 0) {
                taken[place] = true;
            }
        }
        int free = -1;
        for (int place = 0; place < taken.length; place++) {
            if (!taken[place]) {
                if (free >= 0) {
                    return -1;
                }
                free = place;
            }
        }
        return free;
    }

    private void record() {
        replica.record(MemberRecord.MET, encode(), () -> {});
    }

    private byte[] encode() {
        int bytes = 1;
        for (URI address : addresses) {
            bytes += Short.BYTES + address.toString().getBytes(StandardCharsets.UTF_8).length + Long.BYTES;
        }
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        buffer.put((byte) Arrays.stream(met).filter(Objects::nonNull).count());
        for (int i = 0; i < met.length; i++) {
            NodeId id = met[i];
            if (id != null) {
                byte[] address = addresses.get(i).toString().getBytes(StandardCharsets.UTF_8);
                buffer.putShort((short) address.length).put(address).putLong(id.bits());
            }
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private static Map<String, NodeId> decode(byte[] stored) {
        Map<String, NodeId> byAddress = new HashMap<>();
        if (stored.length > 0) {
            ByteBuffer from = ByteBuffer.wrap(stored);
            int count = from.get();
            for (int i = 0; i < count; i++) {
                byte[] address = new byte[from.getShort()];
                from.get(address);
                byAddress.put(new String(address, StandardCharsets.UTF_8), new NodeId(from.getLong()));
            }
        }
        return byAddress;
    }
}
