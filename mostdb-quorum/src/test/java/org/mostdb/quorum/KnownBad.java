package org.mostdb.quorum;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.NodeId;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.WriteBatch;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.testkit.Answer;
import org.mostdb.testkit.Call;
import org.mostdb.testkit.SimulatedHost;
import org.mostdb.testkit.SimulatedNode;
import org.mostdb.testkit.SimulatedRun;

/**
 * Protocols that lose or go back, each by one plausible mistake: the simulation must catch every one of them, or it
 * proves nothing about the right one. But for the first, each is the shipping core with one thing done differently
 * around it.
 */
enum KnownBad {

    /** The original's rule: an answer counts if a majority gives the same one. */
    IDENTICAL_ANSWERS {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new IdenticalAnswersNode(host, settings);
        }
    },

    /** A read answers the greatest cell it finds, and does not see to it that a majority has it. */
    NO_WRITE_BACK {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {

                @Override
                public void send(NodeId to, Message message) {
                    if (message instanceof Message.StoreRequest request && request.isWriteBack()) {
                        host.post(() -> core.received(
                                to,
                                new Message.StoreReply(
                                        request.round(),
                                        core.members().lifeOf(to),
                                        0,
                                        core.members().roster().view())));
                    } else {
                        super.send(to, message);
                    }
                }
            };
        }
    },

    /** A replica answers a read with what the engine shows, synced or not. */
    READS_OF_UNSYNCED_CELLS {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {
                @Override
                public boolean verifiesWhatItReads() {
                    return false;
                }

                @Override
                void doRead(Replica.ReadJob job) {
                    job.then()
                            .accept(job.keys().stream()
                                    .<@Nullable Cell>map(store::read)
                                    .toList());
                }
            };
        }
    },

    /** What the engine gives back is taken for what was stored. */
    UNVERIFIED_READS {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {
                @Override
                @Nullable
                Cell read(Bytes key) {
                    Optional<byte[]> stored = host.disk().get(CellStore.cellKey(key));
                    try {
                        return stored.map(Cell::decode)
                                .map(cell -> Cell.of(key, cell.tag(), cell.isTombstone() ? null : cell.value()))
                                .orElse(null);
                    } catch (MalformedException e) {
                        throw new CorruptStoreException("this much it sees", e);
                    }
                }
            };
        }
    },

    /** All lives of a node have the same epoch. */
    EPOCH_CONSTANT {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            StorageEngine forgetful = new EngineDecorator(host.disk()) {
                @Override
                public Optional<byte[]> get(byte[] key) {
                    return isRecord(key, "epochs") ? Optional.empty() : super.get(key);
                }
            };
            return new QuorumNode(host, settings, coverage, openWithoutRandomEpoch(forgetful, host));
        }
    },

    /** A life's epoch is a number only, and begins before it is on disk. */
    EPOCH_NOT_SYNCED {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            StorageEngine lazy = new EngineDecorator(host.disk()) {
                @Override
                public void write(WriteBatch batch, Durability durability) {
                    Set<String> records = records(batch);
                    boolean isLazy = records.contains("epochs") || records.equals(Set.of("marks"));
                    super.write(batch, isLazy ? Durability.OS : durability);
                }
            };
            return new QuorumNode(host, settings, coverage, openWithoutRandomEpoch(lazy, host));
        }
    },

    /** A batch that follows another one, before that has succeeded, has its counters. */
    COUNTERS_OF_THE_BATCH_BEFORE {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            CellStore store = CellStore.open(host.disk(), Durability.SYNC, host.random());
            ForgetfulTags tags = new ForgetfulTags(store.epoch(), store.node());
            return new QuorumNode(host, settings, coverage, store, tags, QuorumNode.RECLAIM_DELAY_NANOS) {
                @Override
                public void submit(Call call, Consumer<Answer> answer) {
                    super.submit(call, result -> {
                        tags.succeeded |= result instanceof Answer.Written;
                        answer.accept(result);
                    });
                }
            };
        }
    },

    /** A cell is acknowledged when the engine shows it, before it is on disk. */
    ACKNOWLEDGED_BEFORE_SYNC {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            StorageEngine lazy = new EngineDecorator(host.disk()) {
                @Override
                public void write(WriteBatch batch, Durability durability) {
                    boolean isCellsOnly = records(batch).equals(Set.of("progress"));
                    super.write(batch, isCellsOnly ? Durability.OS : durability);
                }
            };
            CellStore store = CellStore.open(lazy, Durability.SYNC, host.random());
            return new QuorumNode(host, settings, coverage, store);
        }
    },

    /** The high-water mark is written after the batch of its cells, and is synced by the next one. */
    HIGH_WATER_AFTER_THE_BATCH {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            StorageEngine apart = new EngineDecorator(host.disk()) {
                @Override
                public void write(WriteBatch batch, Durability durability) {
                    WriteBatch first = new WriteBatch();
                    WriteBatch after = new WriteBatch();
                    batch.forEach(new WriteBatch.Visitor() {
                        @Override
                        public void put(byte[] key, byte[] value) {
                            (isRecord(key, "progress") ? after : first).put(key, value);
                        }

                        @Override
                        public void delete(byte[] key) {
                            first.delete(key);
                        }
                    });
                    super.write(first, durability);
                    super.write(after, Durability.OS);
                }
            };
            CellStore store = CellStore.open(apart, Durability.SYNC, host.random());
            return new QuorumNode(host, settings, coverage, store);
        }
    },

    /** A node is who lives at its listed address, and the list is the cluster: nobody forms, and empty disks vote. */
    MEMBERSHIP_FROM_THE_LIST {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            Set<NodeId> listed = new TreeSet<>();
            for (int place = 0; place <= host.link().peers().size(); place++) {
                listed.add(idAt(place));
            }
            Membership all = Membership.forming(1, listed);
            byte[] record = all.encoded();
            byte[] id = ByteBuffer.allocate(Long.BYTES)
                    .putLong(idAt(host.place()).bits())
                    .array();
            StorageEngine listing = new EngineDecorator(host.disk()) {
                @Override
                public Optional<byte[]> get(byte[] key) {
                    if (isRecord(key, "node")) {
                        return Optional.of(Checksum.with(key, id));
                    }
                    return isRecord(key, "cluster") ? Optional.of(Checksum.with(key, record)) : super.get(key);
                }
            };
            CellStore store = CellStore.open(listing, Durability.SYNC, host.random());
            return new QuorumNode(host, settings, coverage, store) {
                @Override
                void received(NodeId from, Message message) {
                    super.received(
                            from, message instanceof Message.CheckReply reply ? remembersNothing(reply) : message);
                }
            };
        }
    },

    /** A node that lost its store votes as soon as the others have recorded it: it copies nothing. */
    VOTE_AFTER_AMNESIA {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {
                @Override
                void received(NodeId from, Message message) {
                    super.received(from, message instanceof Message.CopyReply reply ? withoutCells(reply) : message);
                }
            };
        }
    },

    /**
     * A tombstone is dropped as soon as all others hold it, though an older cell of its key may still be on its way.
     */
    TOMBSTONES_DROPPED_WITHOUT_FLOOR {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            CellStore store = CellStore.open(host.disk(), Durability.SYNC, host.random());
            TagSource tags = new TagSource(store.epoch(), store.node());
            return new QuorumNode(host, settings, coverage, store, tags, NEVER_NANOS) {
                private final NavigableMap<Long, Long> highWaters = new TreeMap<>(Map.of(0L, 0L));

                @Override
                public void write(WriteJob job) {
                    highWaters.put(store.sequence() + 1, job.highWater());
                    super.write(settledAt(
                            job, highWaters.floorEntry(job.heldByAll()).getValue()));
                }
            };
        }
    },

    /** A tombstone is dropped when it is old enough, whoever may lack it. */
    TOMBSTONES_DROPPED_BY_AGE {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {

                private final Deque<Long> recent = new ArrayDeque<>();

                @Override
                public void write(WriteJob job) {
                    recent.add(job.highWater());
                    super.write(settledAt(job, recent.size() > JOBS_UNTIL_OLD ? recent.remove() : 0L));
                }
            };
        }
    },

    /** A node that lost its store copies from the first member that answers, and takes that for enough. */
    COPY_FROM_ONE_OTHER {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {

                private @Nullable NodeId source;

                @Override
                void received(NodeId from, Message message) {
                    if (message instanceof Message.CopyReply reply) {
                        source = source == null ? from : source;
                        super.received(from, from.equals(source) ? reply : withoutCells(reply));
                    } else {
                        super.received(from, message);
                    }
                }
            };
        }
    },

    /** Who is a member changes between operations only: a vote counts although its giver has lost its store since. */
    VOTES_FROM_A_PAST_LIFE {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {

                private int underWay;

                @Override
                public void submit(Call call, Consumer<Answer> answer) {
                    underWay++;
                    super.submit(call, result -> {
                        underWay--;
                        answer.accept(result);
                    });
                }

                @Override
                void received(NodeId from, Message message) {
                    Optional<Membership> own = core.members().roster().formed();
                    super.received(from, own.isPresent() && underWay > 0 ? withView(message, own.get()) : message);
                }
            };
        }
    },

    /** A node that is told to begin anew, because its store is an old copy, goes on with that and with its id. */
    RECOVERY_INTO_THE_OLD_STORE {
        @Override
        SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage) {
            return new QuorumNode(host, settings, coverage) {
                @Override
                void received(NodeId from, Message message) {
                    super.received(
                            from, message instanceof Message.CheckReply reply ? remembersNothing(reply) : message);
                }
            };
        }
    };

    private static Message remembersNothing(Message.CheckReply reply) {
        return new Message.CheckReply(reply.round(), 0, null);
    }

    /** The message of somebody who knows no more of the members than its receiver. */
    private static Message withView(Message message, Membership own) {
        return switch (message) {
            case Message.Heartbeat heartbeat ->
                new Message.Heartbeat(
                        heartbeat.formed() ? own : null,
                        heartbeat.standing(),
                        heartbeat.life(),
                        heartbeat.told(),
                        heartbeat.holds(),
                        heartbeat.held(),
                        heartbeat.checked(),
                        heartbeat.room(),
                        heartbeat.levels());
            case Message.HighWaterReply reply ->
                new Message.HighWaterReply(reply.round(), reply.life(), reply.highWater(), own);
            case Message.StoreReply reply -> new Message.StoreReply(reply.round(), reply.life(), reply.sequence(), own);
            case Message.ReadReply reply ->
                new Message.ReadReply(reply.round(), reply.life(), reply.first(), reply.answers(), own);
            default -> message;
        };
    }

    private static WriteJob settledAt(WriteJob job, long counter) {
        return new WriteJob(job.cells(), job.records(), job.highWater(), job.heldByAll(), counter);
    }

    private static Message.CopyReply withoutCells(Message.CopyReply reply) {
        return new Message.CopyReply(
                reply.round(),
                reply.after(),
                Map.of(),
                true,
                reply.highWater(),
                reply.floor(),
                reply.told(),
                reply.end(),
                reply.marks(),
                reply.view());
    }

    private static final int JOBS_UNTIL_OLD = 5;
    private static final long NEVER_NANOS = Long.MAX_VALUE / 2;

    abstract SimulatedNode start(SimulatedHost host, SimulatedRun.Settings settings, QuorumCoverage coverage);

    /** One run of it. */
    SimulatedRun.Result run(long seed) {
        QuorumCoverage coverage = new QuorumCoverage();
        return SimulatedRun.of(seed, (host, settings) -> start(host, settings, coverage));
    }

    private static NodeId idAt(int place) {
        return new NodeId(1000 + place);
    }

    private static boolean isRecord(byte[] key, String name) {
        return Bytes.wrap(key).equals(Bytes.utf8("m" + name));
    }

    /** The names of the records in a batch. */
    private static Set<String> records(WriteBatch batch) {
        Set<String> names = new TreeSet<>();
        batch.forEach(new WriteBatch.Visitor() {
            @Override
            public void put(byte[] key, byte[] value) {
                if (key[0] == 'm') {
                    names.add(new String(key, 1, key.length - 1, StandardCharsets.UTF_8));
                }
            }

            @Override
            public void delete(byte[] key) {
                // No record is ever deleted.
            }
        });
        return names;
    }

    private static CellStore openWithoutRandomEpoch(StorageEngine engine, SimulatedHost host) {
        boolean[] isIdWanted = {
            engine.get("mnode".getBytes(StandardCharsets.UTF_8)).isEmpty()
        };
        RandomGenerator random = () -> {
            boolean isId = isIdWanted[0];
            isIdWanted[0] = false;
            return isId ? host.random().nextLong() : 1;
        };
        return CellStore.open(engine, Durability.SYNC, random);
    }

    /** Does not look at what it gave out itself, as long as no write has told the others of it. */
    private static final class ForgetfulTags extends TagSource {

        private final Epoch epoch;
        private final NodeId node;
        private boolean succeeded;
        private long start;
        private long last;

        private ForgetfulTags(Epoch epoch, NodeId node) {
            super(epoch, node);
            this.epoch = epoch;
            this.node = node;
        }

        @Override
        void begin(long highestKnown) {
            start = highestKnown == last && !succeeded ? start : highestKnown;
            last = start;
            succeeded = false;
        }

        @Override
        Tag next() {
            return new Tag(++last, epoch, node);
        }
    }
}
