package org.mostdb.quorum;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.NodeId;
import org.mostdb.quorum.CellStore.MemberRecord;

/**
 * Which node is at each configured address now, and at which address each member was last met. The second is kept in
 * the store: it tells whose place a node takes that comes to an address with an empty store.
 *
 * <p>It is kept by member and not by address, so that a stranger at an address does not make the member forgotten that
 * was there. Who was met with a proposal stays too: it may turn out later that just that proposal became the cluster.
 */
final class AddressBook {

    /** More are not kept: of nodes that were met before the cluster was formed, the first ones are forgotten first. */
    private static final int MAX_MET = Byte.MAX_VALUE;

    private final Replica replica;
    private final List<String> addresses;
    private final @Nullable NodeId[] atAddress;
    private final Map<NodeId, String> met = new LinkedHashMap<>();

    /** @param stored what an earlier life recorded; empty if nothing */
    AddressBook(Replica replica, List<URI> addresses, byte[] stored) {
        this.replica = replica;
        this.addresses = addresses.stream().map(URI::toString).toList();
        this.atAddress = new NodeId[addresses.size()];
        decode(stored);
    }

    @Nullable
    NodeId at(int address) {
        return atAddress[address];
    }

    /** The node at an address; while none was reached there, the one that was last met there. */
    @Nullable
    NodeId likelyAt(int address) {
        NodeId last = atAddress[address];
        for (Map.Entry<NodeId, String> entry : met.entrySet()) {
            if (atAddress[address] == null && entry.getValue().equals(addresses.get(address))) {
                last = entry.getKey();
            }
        }
        return last;
    }

    /** Whether a node is at one of the addresses now. */
    boolean isAtAnAddress(NodeId node) {
        return Arrays.asList(atAddress).contains(node);
    }

    /** Why a node must not be at an address, in words for an operator. */
    Optional<String> wrongAt(int address, NodeId node, NodeId self, Predicate<NodeId> isConnected) {
        if (node.equals(self)) {
            return Optional.of(addresses.get(address)
                    + " leads back to this node, or to a copy of its store: name this node's own URL in"
                    + " MOSTDB_SERVER_URL if it stands in MOSTDB_CLUSTER_URLS, and never start a copied store");
        }
        for (int other = 0; other < addresses.size(); other++) {
            if (other != address && node.equals(atAddress[other]) && isConnected.test(node)) {
                return Optional.of(addresses.get(other) + " and " + addresses.get(address)
                        + " in MOSTDB_CLUSTER_URLS lead to the same node " + node + ": list every member once");
            }
        }
        return Optional.empty();
    }

    void put(int address, @Nullable NodeId id) {
        atAddress[address] = id;
    }

    /** All that is at the addresses now counts as met: these are about to be proposed as the members. */
    void meetAll() {
        boolean isNew = false;
        for (int i = 0; i < atAddress.length; i++) {
            NodeId id = atAddress[i];
            isNew |= id != null && meet(id, addresses.get(i));
        }
        if (isNew) {
            record();
        }
    }

    /** Remembers the members that are at the addresses now. All others are forgotten. */
    void meet(Membership members) {
        boolean isNew = met.keySet().removeIf(id -> !members.contains(id));
        for (int i = 0; i < atAddress.length; i++) {
            NodeId id = atAddress[i];
            isNew |= id != null && members.contains(id) && meet(id, addresses.get(i));
        }
        if (isNew) {
            record();
        }
    }

    private boolean meet(NodeId id, String address) {
        if (address.equals(met.get(id))) {
            return false;
        }
        met.remove(id);
        met.put(id, address);
        if (met.size() > MAX_MET) {
            met.remove(met.keySet().iterator().next());
        }
        return true;
    }

    /** A member's place was given to another node, which lives where the other one did unless it is met elsewhere. */
    void replaced(NodeId before, NodeId after) {
        String address = met.remove(before);
        if (address != null) {
            met.putIfAbsent(after, address);
            record();
        }
    }

    /**
     * The place that a node with an empty store takes, among those whose members do not answer; -1 if that is not
     * clear. It is the place of the member that was last met at the node's address; if none was met there, the one
     * place that was met at no other address.
     *
     * <p>If that one answers at another address, or nothing is known, but there are not more such places than addresses
     * at which a node without a place answers, then no member can be alive anywhere else, and each of these nodes gets
     * one of them. So one that lacks a place is always told one if all others answer, whatever was met where.
     *
     * <p>A member that answers and is at no address may just have ended, as the one before this very node has when it
     * is back at once with an empty store. Then the places are not counted yet: too few look free, and one may be of a
     * member that is away for a moment only.
     */
    int placeFor(NodeId node, Membership members, NodeId self, Predicate<NodeId> isAnswering) {
        int address = Arrays.asList(atAddress).indexOf(node);
        if (address < 0) {
            return -1;
        }
        List<Integer> free = new ArrayList<>();
        boolean isCounted = true;
        for (int place = 0; place < members.size(); place++) {
            NodeId member = members.member(place).id();
            if (!member.equals(self) && !isAnswering.test(member)) {
                free.add(place);
            } else {
                isCounted &= member.equals(self) || isAtAnAddress(member);
            }
        }
        int met = placeMetAt(address, members, self);
        if (free.contains(met)) {
            return met;
        }
        List<NodeId> without = Arrays.stream(atAddress)
                .filter(Objects::nonNull)
                .filter(other -> other.equals(node) || (!members.contains(other) && isAnswering.test(other)))
                .distinct()
                .sorted()
                .toList();
        boolean isClear = isCounted && !free.isEmpty() && free.size() <= without.size();
        return isClear ? free.get(without.indexOf(node) % free.size()) : -1;
    }

    private int placeMetAt(int address, Membership members, NodeId self) {
        int last = -1;
        boolean[] elsewhere = new boolean[members.size()];
        elsewhere[members.placeOf(self)] = true;
        for (Map.Entry<NodeId, String> entry : met.entrySet()) {
            int place = members.placeOf(entry.getKey());
            if (place >= 0 && entry.getValue().equals(addresses.get(address))) {
                last = place;
            } else if (place >= 0 && addresses.contains(entry.getValue())) {
                elsewhere[place] = true;
            }
        }
        return last >= 0 ? last : onlyFalse(elsewhere);
    }

    private static int onlyFalse(boolean[] places) {
        int only = -1;
        for (int place = 0; place < places.length; place++) {
            if (!places[place]) {
                if (only >= 0) {
                    return -1;
                }
                only = place;
            }
        }
        return only;
    }

    private void record() {
        replica.record(MemberRecord.MET, encode(met), () -> {});
    }

    /** The record of which member was last met at which address. */
    static byte[] encode(Map<NodeId, String> met) {
        int bytes = 1;
        for (String address : met.values()) {
            bytes += Short.BYTES + address.getBytes(StandardCharsets.UTF_8).length + Long.BYTES;
        }
        ByteBuffer buffer = ByteBuffer.allocate(bytes).put((byte) met.size());
        met.forEach((id, address) -> {
            byte[] text = address.getBytes(StandardCharsets.UTF_8);
            buffer.putShort((short) text.length).put(text).putLong(id.bits());
        });
        return buffer.array();
    }

    private void decode(byte[] stored) {
        if (stored.length > 0) {
            ByteBuffer from = ByteBuffer.wrap(stored);
            int count = from.get();
            for (int i = 0; i < count; i++) {
                byte[] address = new byte[from.getShort()];
                from.get(address);
                met.put(new NodeId(from.getLong()), new String(address, StandardCharsets.UTF_8));
            }
        }
    }
}
