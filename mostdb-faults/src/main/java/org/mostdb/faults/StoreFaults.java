package org.mostdb.faults;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mostdb.testkit.SeededRandom;

/** What takes the memory of nodes: wholly, in part, or without their noticing. */
final class StoreFaults {

    private static final int ENOUGH_OPERATIONS = 30;
    private static final int DEAREST_PERCENT = 25;

    private StoreFaults() {}

    static Optional<Fault> wipe(Site site) throws IOException {
        List<Integer> nodes = site.takeMinority();
        for (int number : nodes) {
            site.node(number).kill();
            Folders.delete(site.node(number).dataFolder());
        }
        return Optional.of(new Wiped(site, nodes));
    }

    static Optional<Fault> oldCopy(Site site) throws IOException {
        List<Integer> nodes = site.takeMinority();
        site.awaitAllVote(); // so each has a store
        for (int number : nodes) {
            if (Files.notExists(site.copyOf(number))) {
                site.node(number).kill();
                copy(site, number);
                site.node(number).start();
            }
        }
        site.awaitAllVote();
        site.awaitMoreElsewhere(ENOUGH_OPERATIONS, List.of());
        kill(site, nodes);
        site.awaitMoreElsewhere(ENOUGH_OPERATIONS, nodes);
        for (int number : nodes) {
            putBack(site, number);
        }
        return Optional.of(new Damaged("stores of nodes " + nodes + " put back", site, nodes));
    }

    static Optional<Fault> allOldCopies(Site site) throws IOException {
        List<Integer> all = IntStream.rangeClosed(1, site.size()).boxed().toList();
        site.awaitAllVote(); // so each has a store
        kill(site, all);
        for (int number : all) {
            copy(site, number);
            site.node(number).start();
        }
        site.awaitAllVote();
        site.awaitMoreElsewhere(ENOUGH_OPERATIONS, List.of());
        kill(site, all);
        for (int number : all) {
            putBack(site, number);
            site.node(number).start();
        }
        return Optional.of(new Wiped(site, List.of()));
    }

    static Optional<Fault> truncate(Site site) throws IOException {
        return damage(site, "cut", (file, random) -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(random.nextLong(channel.size()));
            }
        });
    }

    static Optional<Fault> flip(Site site) throws IOException {
        return damage(site, "flipped", (file, random) -> {
            byte[] bytes = Files.readAllBytes(file);
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            Files.write(file, bytes);
        });
    }

    private interface Damage {
        void to(Path file, SeededRandom random) throws IOException;
    }

    private static Optional<Fault> damage(Site site, String how, Damage damage) throws IOException {
        List<Integer> nodes = site.takeMinority();
        kill(site, nodes);
        List<String> files = new ArrayList<>();
        for (int number : nodes) {
            Path file = someFile(site, number);
            damage.to(file, site.random());
            files.add(number + "/" + file.getFileName());
        }
        return Optional.of(new Damaged("files " + how + " of nodes " + files, site, nodes));
    }

    /** A file that the store needs, each of the five sorts as often as the others. */
    private static Path someFile(Site site, int number) throws IOException {
        Path store = site.node(number).dataFolder().resolve("store");
        List<List<Path>> sorts = new ArrayList<>();
        for (String name : List.of("journal-", ".log", ".sst", ".ldb", "MANIFEST-", "CURRENT")) {
            // iq80 verifies no checksums of tables, so there a flipped bit may go unnoticed, as is documented.
            boolean mayBeDamaged = !site.options().engine().equals("iq80") || !name.matches("\\.sst|\\.ldb");
            List<Path> sort = new ArrayList<>(mayBeDamaged ? Folders.list(store, name) : List.of());
            sort.removeIf(file -> file.toFile().length() == 0);
            sorts.add(sort);
        }
        sorts.removeIf(List::isEmpty);
        return site.random().oneOf(site.random().oneOf(sorts));
    }

    private static void kill(Site site, List<Integer> nodes) {
        nodes.forEach(number -> site.node(number).killSoon());
        nodes.forEach(number -> site.node(number).awaitEnd());
    }

    /** Whether a node has come so far as to make its store. */
    static boolean hasStore(Site site, int number) {
        return Files.exists(site.node(number).dataFolder());
    }

    /** Keeps a copy of the store of a node that does not run. */
    static void copy(Site site, int number) throws IOException {
        Path data = site.node(number).dataFolder();
        Path copy = site.copyOf(number);
        if (Files.exists(copy)) {
            Folders.delete(copy);
        }
        String[] aside = Stream.of(Folders.list(data, "store-set-aside-"))
                .flatMap(List::stream)
                .map(path -> path.getFileName().toString())
                .toArray(String[]::new);
        Folders.copy(data, copy, aside);
    }

    private static void putBack(Site site, int number) throws IOException {
        Path data = site.node(number).dataFolder();
        Folders.delete(data);
        Folders.copy(site.copyOf(number), data);
        if (site.random().nextInt(100) >= DEAREST_PERCENT) {
            Folders.delete(site.copyOf(number)); // else it is put back once more later, when it is older still
        }
    }

    /** Nodes without a store. */
    private record Wiped(Site site, List<Integer> nodes) implements Fault {

        @Override
        public String what() {
            return nodes.isEmpty() ? "all stores put back" : "stores of nodes " + nodes + " wiped";
        }

        @Override
        public void heal() {
            nodes.forEach(number -> site.node(number).start());
            site.giveBack(nodes);
        }
    }

    /**
     * Nodes whose stores may lack something, or hide damage in what nobody has read yet. Once they vote again all of it
     * is read; who has noticed nothing by then loses its store, so that the next fault meets no hidden damage.
     */
    private record Damaged(String what, Site site, List<Integer> nodes) implements Fault {

        @Override
        public void heal() throws IOException {
            nodes.forEach(number -> site.node(number).start());
            site.giveBack(nodes);
            site.awaitAllVote();
            for (int number : nodes) {
                ServerProcess node = site.node(number);
                site.readAllOf(number);
                site.awaitAllVote();
                if (!node.output().contains("recovery ends")) {
                    node.kill();
                    Folders.delete(node.dataFolder());
                    node.start();
                    site.awaitAllVote();
                }
            }
        }
    }
}
