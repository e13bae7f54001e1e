package org.mostdb.server;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.mostdb.api.MostDbException;
import org.mostdb.api.StorageException;
import org.mostdb.api.spi.ReplicationPolicy;

/**
 * {@code GET /v1/backup}: what this node holds, in the {@link BackupFormat}, one at a time.
 *
 * <p>A thread of its own reads the store, because native calls would pin the carrier of a request; the request sends
 * what was read, rests as long as that took, and asks for the next block only then. So a slow receiver costs one block
 * of memory, and a backup takes at most half of the time. It is not waited for when the node stops.
 */
final class BackupPage implements HttpService, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(BackupPage.class.getName());

    private static final Answer BUSY = Answer.refusal(
            Status.CONFLICT_409,
            "Another backup of this node is under way: wait for its end, or take one of another node.");

    private static final String STOPS = "this node stops";

    private final Admission admission;
    private final String policyName;
    private final ExecutorService reader = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("mostdb-backup").daemon().factory());
    private final AtomicBoolean busy = new AtomicBoolean();

    /** Touched by the reader's thread only. */
    private @Nullable BackupStream open;

    BackupPage(Admission admission, String policyName) {
        this.admission = admission;
        this.policyName = policyName;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/backup", this::serve).any("/backup", SeedApi.only("GET"));
    }

    private void serve(ServerRequest request, ServerResponse response) {
        ReplicationPolicy policy = admission.policyIfStarted();
        if (policy == null || admission.stopping()) {
            (policy == null ? Answer.STARTING : Answer.STOPPING).send(response);
        } else if (!busy.compareAndSet(false, true)) {
            BUSY.send(response);
        } else {
            try {
                serveAlone(policy, response);
            } finally {
                busy.set(false);
            }
        }
    }

    private void serveAlone(ReplicationPolicy policy, ServerResponse response) {
        long begin = System.nanoTime();
        BackupStream stream;
        try {
            stream = onReader(() -> open(policy));
        } catch (MostDbException e) {
            Answer.of(e).send(response);
            return;
        } catch (IllegalStateException e) {
            Answer.STOPPING.send(response);
            return;
        }
        LOG.log(System.Logger.Level.INFO, "a backup begins");
        try {
            send(stream, response);
            LOG.log(
                    System.Logger.Level.INFO,
                    "the backup is done: {0}, {1} in {2} ms",
                    Count.of(stream.cells(), "cell"),
                    Count.of(stream.bytes(), "byte"),
                    Long.toString(Duration.ofNanos(System.nanoTime() - begin).toMillis()));
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "the backup ended before its end: " + e.getMessage());
            // Nothing may follow what was sent so far: without its end it is no backup.
            throw new CloseConnectionException("the backup ended before its end", e);
        } finally {
            endOpen();
        }
    }

    private void send(BackupStream stream, ServerResponse response) throws IOException {
        response.header(HeaderNames.CONTENT_TYPE, "application/octet-stream");
        // Closed only after the last piece: its close tells the receiver that all is there.
        OutputStream out = response.outputStream();
        long begin = System.nanoTime();
        for (byte[] piece = onReader(stream::next); piece.length > 0; piece = onReader(stream::next)) {
            out.write(piece);
            // As long again belongs to the clients, whose writes want the same disk and processors.
            LockSupport.parkNanos(System.nanoTime() - begin);
            begin = System.nanoTime();
        }
        out.close();
    }

    private BackupStream open(ReplicationPolicy policy) {
        BackupStream stream = new BackupStream(policy.backup(), policyName, Instant.now());
        open = stream;
        return stream;
    }

    private void endOpen() {
        try {
            reader.execute(this::closeOpen);
        } catch (RejectedExecutionException e) {
            // The node stops, and close has done it.
            LOG.log(System.Logger.Level.DEBUG, STOPS);
        }
    }

    /** On the reader's thread. */
    private void closeOpen() {
        BackupStream stream = open;
        open = null;
        if (stream != null) {
            try {
                stream.close();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "A backup could not be closed", e);
            }
        }
    }

    private <T> T onReader(Callable<T> work) {
        try {
            return reader.submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new StorageException("the backup failed: " + e.getCause(), e);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException(STOPS, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(STOPS, e);
        }
    }

    /** Ends a backup under way, whose snapshot the engine would wait for. */
    @Override
    public void close() {
        if (!reader.isShutdown()) {
            reader.execute(this::closeOpen);
            reader.close();
        }
    }
}
