package org.mostdb.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mostdb.api.StorageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mostdb backup}: verifies what the node sends before it counts as a backup. */
@Command(
        name = "backup",
        description = {
            "Takes a copy of what a running node holds, which serves on meanwhile.",
            "Run it with the settings of the node, if that asks for an API key or listens on another port."
        })
final class BackupCommand implements Callable<Integer> {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** A node that sends nothing for so long is stuck, or gone without a word. */
    private static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(60);

    private static final String STANDARD_OUTPUT = "-";
    private static final int MAX_REASON_BYTES = 500;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    @Option(
            names = "--to",
            paramLabel = "FILE",
            description = "The file to make, or - for standard output. Without it, mostdb-<UTC time>.backup here.")
    private String to = "mostdb-" + TIME.format(Instant.now()) + ".backup";

    @Option(
            names = "--node",
            paramLabel = "URL",
            description = "The node to ask. Without it, http://127.0.0.1:MOSTDB_SERVER_PORT.")
    private String node = "";

    @SuppressWarnings("unused") // the parser acts on it
    @Option(
            names = {"--help", "-h"},
            usageHelp = true,
            description = "Show this.")
    private boolean help;

    private final Map<String, String> environment;
    private final PrintWriter errors;

    BackupCommand(Map<String, String> environment, PrintWriter errors) {
        this.environment = environment;
        this.errors = errors;
    }

    @Override
    public Integer call() throws IOException {
        // Without a log: that would be on standard output, which may be the backup.
        Settings settings = Settings.of(environment);
        URI url = url(settings);
        if (to.equals(STANDARD_OUTPUT)) {
            // Not System.out, which keeps quiet about a disk that is full.
            try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
                copy(url, settings, out);
            }
            return 0;
        }
        try (BackupFile file = BackupFile.create(Path.of(to))) {
            copy(url, settings, file.out());
            try {
                file.commit();
            } catch (IOException e) {
                throw cannotWrite(e);
            }
        }
        return 0;
    }

    private URI url(Settings settings) {
        URI named = node.isEmpty()
                ? URI.create("http://127.0.0.1:" + settings.serverPort())
                : NodeUrl.parse(node, "--node " + node);
        return named.resolve("/v1/backup");
    }

    private void copy(URI url, Settings settings, OutputStream out) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(Math.toIntExact(CONNECT_TIMEOUT.toMillis()));
        connection.setReadTimeout(Math.toIntExact(SILENCE_TIMEOUT.toMillis()));
        settings.apiKey().ifPresent(key -> connection.setRequestProperty(key.headerName(), key.value()));
        String name = "The backup from " + url.resolve("/");
        try (Progress progress = new Progress("backup", errors);
                BackupReader reader =
                        BackupReader.open(name, new Copying(answer(connection, url, settings), out), progress.of(to))) {
            reader.readToEnd();
            try {
                out.flush();
            } catch (IOException e) {
                throw cannotWrite(e);
            }
            errors.println("backup " + to + ": " + Count.of(reader.cells(), "cell") + ", "
                    + Count.of(reader.bytes(), "byte") + ", all checksums right");
        } finally {
            connection.disconnect();
        }
    }

    private static InputStream answer(HttpURLConnection connection, URI url, Settings settings) {
        String where = "The node at " + url.resolve("/");
        try {
            int status = connection.getResponseCode();
            if (status == HttpURLConnection.HTTP_OK) {
                return connection.getInputStream();
            }
            if (status == HttpURLConnection.HTTP_UNAUTHORIZED) {
                throw new StartRefusedException(where
                        + (settings.apiKey().isPresent()
                                ? " does not take this API key: MOSTDB_API_KEY_NAME and MOSTDB_API_KEY_VALUE must be as the"
                                        + " node has them."
                                : " asks for its API key: set MOSTDB_API_KEY_ENABLE=true and MOSTDB_API_KEY_VALUE as the"
                                        + " node has them."));
            }
            throw new StorageException(where + " gives no backup: " + reason(connection, status));
        } catch (IOException e) {
            throw new StorageException(
                    where + " can't be asked (" + IoProblem.words(e) + "): start it, or name another one with --node",
                    e);
        }
    }

    /** What the node says, in the API's shape. */
    private static String reason(HttpURLConnection connection, int status) throws IOException {
        try (InputStream body = connection.getErrorStream()) {
            String text = body == null ? "" : new String(body.readNBytes(MAX_REASON_BYTES), StandardCharsets.UTF_8);
            String begin = "\"message\":\"";
            int from = text.indexOf(begin);
            int end = text.lastIndexOf("\",\"success\"");
            return from >= 0 && end > from ? text.substring(from + begin.length(), end) : "status " + status;
        }
    }

    private StorageException cannotWrite(IOException e) {
        return new StorageException(
                "The backup " + to + " can't be written (" + IoProblem.words(e) + "): make room, or name another file"
                        + " with --to",
                e);
    }

    /** Writes all that is read. */
    private final class Copying extends FilterInputStream {

        private final OutputStream copy;

        private Copying(InputStream in, OutputStream copy) {
            super(in);
            this.copy = copy;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int count = in.read(bytes, from, length);
            if (count > 0) {
                try {
                    copy.write(bytes, from, count);
                } catch (IOException e) {
                    throw cannotWrite(e);
                }
            }
            return count;
        }
    }
}
