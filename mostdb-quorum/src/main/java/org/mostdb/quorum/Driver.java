package org.mostdb.quorum;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.Bytes;
import org.mostdb.api.CorruptStoreException;
import org.mostdb.api.NodeId;
import org.mostdb.api.OverloadedException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.Metrics;
import org.mostdb.api.spi.PeerHandler;
import org.mostdb.api.spi.PeerHello;
import org.mostdb.api.spi.PeerLink;
import org.mostdb.api.spi.PolicyContext;
import org.mostdb.api.spi.Room;
import org.mostdb.quorum.CellStore.ScanJob;
import org.mostdb.quorum.CellStore.WriteJob;
import org.mostdb.quorum.Replica.ReadJob;

/**
 * Runs a {@link QuorumCore} in steps: what has come (operations, messages, completions, the clock) is handed to the
 * core, the store is read, which does not wait for a disk that is syncing, and what the core wants sent is sent, one
 * frame to each node.
 *
 * <p>One thread at a time has the turn to make a step. A platform thread that brings something, such as a message or
 * the end of a write, makes the step itself if the turn is free, since to wake another thread takes longer than most
 * steps. The core's own thread makes those for the clock, and for virtual threads, which native calls would pin. Who
 * finds the turn taken leaves its input and goes: whoever has the turn looks once more after it has ended it.
 *
 * <p>A second thread writes the store, and a third reads long stretches for other members.
 */
final class Driver implements Effects, PeerHandler, AutoCloseable {

    private static final Logger LOG = System.getLogger(Driver.class.getName());
    private static final int CLIENT_TURNS = 4;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final PeerLink link;
    private final CellStore store;
    private final Consumer<String> stop;
    private final Consumer<String> startAnew;
    private final Consumer<String> tellStoreFailed;
    private final Supplier<Room> room;
    private final Runnable afterTick;
    private final Inbox<Consumer<QuorumCore>> inbox = new Inbox<>();
    private final Inbox<Runnable> jobs = new Inbox<>();
    private final Map<NodeId, List<Message>> outbox = new LinkedHashMap<>();
    private final List<ReadJob> reads = new ArrayList<>();
    private final Inbox<Optional<ScanJob>> scans = new Inbox<>();
    private final LoneReads loneReads;
    private final SpareCarrier spareCarrier;
    private final QuorumCore core;
    private final Thread coreThread;
    private final Thread writerThread;
    private final Thread scannerThread;
    private final Metrics.Distribution jobSeconds;
    private final Metrics.Distribution jobCells;
    private final Metrics.Distribution inputs;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile long nextTickNanos;
    /** Whether there may be an input that is no write of a client, and so must not wait for the end of a batch. */
    private volatile boolean hasUrgentInput;

    private volatile boolean isWriteUnderWay;
    /** For the writer's thread only. */
    private boolean isWriterDone;

    private volatile PeerHello hello;
    private volatile boolean closed;

    /** @param afterTick called by the core's thread every few milliseconds, when the core may be looked at */
    Driver(PolicyContext context, QuorumCore.Config config, CellStore store, Consumer<QuorumCore> afterTick) {
        this.link = context.peerLink();
        this.store = store;
        this.stop = context::stop;
        this.startAnew = context::startAnew;
        this.tellStoreFailed = context::storeFailed;
        this.room = context::room;
        Metrics metrics = context.metrics();
        jobSeconds =
                metrics.distribution("mostdb_store_write_seconds", "Time of a durable write batch, with its fsync");
        jobCells = metrics.distribution("mostdb_store_write_cells", "Cells in a durable write batch");
        inputs = metrics.distribution("mostdb_core_inputs", "Inputs that the protocol core took in one step");
        loneReads = new LoneReads(store, SpareCarrier.carriers());
        spareCarrier = new SpareCarrier();
        core = newCore(config);
        hello = core.hello();
        this.afterTick = () -> afterTick.accept(core);
        coreThread = thread("mostdb-core", this::runCore);
        writerThread = thread("mostdb-writer", this::runWriter);
        scannerThread = thread("mostdb-scanner", this::runScanner);
    }

    private QuorumCore newCore(QuorumCore.Config config) {
        try {
            return new QuorumCore(config, store, this, System.nanoTime());
        } catch (BufferUnderflowException | NegativeArraySizeException | MalformedException e) {
            throw new CorruptStoreException("the node's own records in the store are damaged: " + e, e);
        }
    }

    /** Without either thread the node is dead, and must not look alive. */
    private Thread thread(String name, Runnable task) {
        return Thread.ofPlatform()
                .name(name)
                .uncaughtExceptionHandler((thread, e) -> {
                    LOG.log(Level.ERROR, "the thread " + name + " ended by a fault", e);
                    stop.accept("the thread " + name + " ended by a fault: " + e);
                })
                .unstarted(task);
    }

    void start() {
        coreThread.start();
        writerThread.start();
        scannerThread.start();
        spareCarrier.start();
        link.start(this);
    }

    /** Hands an input to the core. Returns at once, for any thread. */
    void input(Consumer<QuorumCore> input) {
        addUrgent(input);
        if (!turn.isLocked()) {
            inbox.wakeTaker();
        }
    }

    /**
     * Hands a client's write to the core. Returns at once, for any thread. While a batch of writes is under way the
     * core would only put this one into its queue: so it lies in the inbox until the next step, at the latest that
     * which ends the batch, or the turn after it, and wakes nobody.
     */
    void inputWrite(Consumer<QuorumCore> write) {
        inbox.addSilently(write);
        if (!isWriteUnderWay && !turn.isLocked()) {
            inbox.wakeTaker();
        }
    }

    private void addUrgent(Consumer<QuorumCore> input) {
        inbox.addSilently(input);
        hasUrgentInput = true;
    }

    /** Hands an input to the core, and makes its step if the turn is free. Only for platform threads. */
    private void inputAndStep(Consumer<QuorumCore> input) {
        addUrgent(input);
        if (turn.tryLock()) {
            try {
                step();
            } finally {
                turn.unlock();
            }
            // Others may have left something since the step began, and it was not for long: the core's thread goes on.
            if (hasUrgentInput || !isWriteUnderWay) {
                inbox.wakeTaker();
            }
        }
    }

    private void runCore() {
        nextTickNanos = System.nanoTime();
        while (!closed) {
            inbox.await(nextTickNanos - System.nanoTime());
            turn.lock();
            try {
                step();
            } finally {
                turn.unlock();
            }
        }
        turn.lock();
        try {
            inbox.takeAll().forEach(this::apply);
        } finally {
            turn.unlock();
        }
    }

    private void step() {
        if (closed) {
            return;
        }
        try {
            hasUrgentInput = false; // before they are taken: one too many does no harm
            step(inbox.takeAll());
        } catch (RuntimeException | AssertionError e) {
            fault(e);
        }
    }

    private void step(List<Consumer<QuorumCore>> taken) {
        long now = System.nanoTime();
        core.advance(now);
        if (!taken.isEmpty()) {
            inputs.record(taken.size());
            taken.forEach(this::apply);
        }
        boolean tickIsDue = now - nextTickNanos >= 0;
        if (tickIsDue) {
            nextTickNanos = now + TICK_NANOS;
            core.setRoom(room.get());
            apply(QuorumCore::tick);
        }
        apply(QuorumCore::flush);
        doReads();
        isWriteUnderWay = core.isWriteUnderWay();
        loneReads.setAlone(core.isAlone());
        flushOutbox();
        if (tickIsDue) {
            hello = core.hello();
            afterTick.run();
        }
    }

    /** What the core would find, if this node alone can tell; else null, and the core is to be asked. */
    Operation.Outcome.@Nullable Found readAlone(Bytes key) {
        return loneReads.read(key);
    }

    /** Whether {@link #close} was called: an input that is handed in now may go unheard. */
    boolean isClosed() {
        return closed;
    }

    /** A fault of the core itself must not end the thread silently: the node stops voting, which is always safe. */
    private void apply(Consumer<QuorumCore> input) {
        try {
            input.accept(core);
        } catch (RuntimeException | AssertionError e) {
            fault(e);
        }
    }

    private void fault(Throwable e) {
        LOG.log(Level.ERROR, "a fault in the protocol core", e);
        core.storeFailed(new StorageException("a fault in the protocol core: " + e, e));
    }

    /** The store itself has: other than after a fault of the core, a store that is copied anew may help. */
    private void storeFailed(StorageException reason) {
        boolean hadFailed = core.members().isFailed();
        core.storeFailed(reason);
        if (!hadFailed && core.members().isFailed()) {
            tellStoreFailed.accept(String.valueOf(reason.getMessage()));
        }
    }

    /** Somebody else who read the store has found that it has failed. */
    void storeFailedElsewhere(StorageException reason) {
        input(unused -> storeFailed(reason));
    }

    private void doReads() {
        // What a read leads to may be another read.
        while (!reads.isEmpty()) {
            List<ReadJob> now = List.copyOf(reads);
            reads.clear();
            now.forEach(this::doRead);
            apply(QuorumCore::flush);
        }
    }

    private void doRead(ReadJob job) {
        List<@Nullable Cell> cells = new ArrayList<>(job.keys().size());
        try {
            for (Bytes key : job.keys()) {
                cells.add(store.read(key));
            }
        } catch (StorageException e) {
            storeFailed(e);
            return;
        }
        apply(c -> c.read(job, cells));
    }

    private void flushOutbox() {
        outbox.forEach((to, messages) -> {
            for (byte[] frame : MessageCodec.encode(messages, link.maxMessageBytes())) {
                // A message that cannot be sent is one that was lost: its round repeats it.
                link.send(to, frame);
            }
        });
        outbox.clear();
    }

    private void runWriter() {
        while (!isWriterDone) {
            jobs.takeAll(Long.MAX_VALUE).forEach(Runnable::run);
        }
    }

    private void runScanner() {
        while (true) {
            for (Optional<ScanJob> job : scans.takeAll(Long.MAX_VALUE)) {
                if (job.isEmpty()) {
                    return;
                }
                doScan(job.get());
            }
        }
    }

    private void doScan(ScanJob job) {
        try {
            CellStore.Stretch stretch = store.scan(job);
            input(c -> c.scanned(job, stretch));
        } catch (StorageException e) {
            input(unused -> storeFailed(e));
        } catch (RuntimeException e) {
            input(unused -> storeFailed(new StorageException("a fault while scanning the store: " + e, e)));
        }
    }

    private void doWrite(WriteJob job) {
        long start = System.nanoTime();
        try {
            loneReads.writing(job);
            long sequence = store.write(job);
            loneReads.written();
            jobSeconds.record((System.nanoTime() - start) / 1e9);
            jobCells.record(job.cells().size());
            inputAndStep(c -> c.written(sequence));
        } catch (StorageException e) {
            storeFailedElsewhere(e);
        } catch (RuntimeException e) {
            input(unused -> storeFailed(new StorageException("a fault while writing the store: " + e, e)));
        }
    }

    @Override
    public void send(NodeId to, Message message) {
        outbox.computeIfAbsent(to, unused -> new ArrayList<>()).add(message);
    }

    @Override
    public void write(WriteJob job) {
        jobs.add(() -> doWrite(job));
    }

    /**
     * A virtual thread gets its turns after those that were just told of their writes, as it queues behind them. What
     * it waits for is then told by the writer, which has the next thing to do, so that one thread is woken for both.
     */
    @Override
    public void giveClientsTheirTurn() {
        Thread.startVirtualThread(() -> {
            yieldToClients();
            jobs.add(() -> inputAndStep(QuorumCore::clientsHadTheirTurn));
        });
    }

    /** To be woken, to answer, to be told of the next request, to hand it in: each may take a turn. */
    @SuppressWarnings("ThreadPriorityCheck") // a hint is all that is needed
    private static void yieldToClients() {
        for (int turn = 0; turn < CLIENT_TURNS; turn++) {
            Thread.yield();
        }
    }

    @Override
    public void read(ReadJob job) {
        reads.add(job);
    }

    @Override
    public void scan(ScanJob job) {
        scans.add(Optional.of(job));
    }

    @Override
    public void note(Level level, String text) {
        LOG.log(level, text);
    }

    @Override
    public void stop(String reason) {
        stop.accept(reason);
    }

    @Override
    public void startAnew(String reason) {
        startAnew.accept(reason);
    }

    @Override
    public PeerHello hello() {
        return hello;
    }

    @Override
    public Optional<String> refuse(PeerHello remote) {
        Optional<String> own = hello.clusterId();
        if (own.isPresent() && remote.clusterId().isPresent() && !own.equals(remote.clusterId())) {
            return Optional.of("this node belongs to cluster " + own.get() + " and yours to "
                    + remote.clusterId().get());
        }
        return Optional.empty();
    }

    @Override
    public void connected(int peer, PeerHello remote) {
        input(c -> c.connected(peer, remote));
    }

    @Override
    public void accepted(PeerHello remote) {
        input(c -> c.accepted(remote));
    }

    @Override
    public void received(NodeId from, byte[] message) {
        try {
            List<Message> messages = MessageCodec.decode(message);
            inputAndStep(c -> messages.forEach(each -> c.received(from, each)));
        } catch (MalformedException e) {
            LOG.log(Level.WARNING, "ignored a frame from node " + from + ": " + e.getMessage());
        }
    }

    @Override
    public void disconnected(NodeId node) {
        input(c -> c.disconnected(node));
    }

    /** Ends the threads, after the write under way. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        input(c -> {
            c.refuse(new OverloadedException("this node stops"));
            closed = true;
        });
        jobs.add(() -> isWriterDone = true);
        scans.add(Optional.empty());
        try {
            coreThread.join();
            writerThread.join();
            scannerThread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            spareCarrier.close();
        }
    }
}
