package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreDirectoryTest {

    @TempDir
    private Path root;

    private StoreDirectory open(String format, String policy) {
        return StoreDirectory.open(root, format, policy, other -> List.of("engine-of-" + other));
    }

    private String refusal(String format, String policy) {
        return String.valueOf(assertThrows(
                        StartRefusedException.class, () -> open(format, policy).close())
                .getMessage());
    }

    @Test
    void anEmptyFolderIsMarkedAndLaidOut() throws IOException {
        try (StoreDirectory directory = open("leveldb", "majority")) {
            assertEquals(root.resolve("store"), directory.engineDirectory());
            assertTrue(Files.isDirectory(directory.engineDirectory()));
        }
        assertEquals(
                "layout=2\nformat=leveldb\npolicy=majority\n", Files.readString(root.resolve("mostdb.properties")));
    }

    @Test
    void theSameEngineFormatAndPolicyOpenItAgain() {
        open("leveldb", "majority").close();
        open("leveldb", "majority").close();
        assertTrue(Files.exists(root.resolve("mostdb.properties")));
    }

    @Test
    void aFolderInUseIsRefused() {
        try (StoreDirectory held = open("leveldb", "majority")) {
            assertTrue(Files.exists(held.engineDirectory()));
            String sentence = refusal("leveldb", "majority");
            assertTrue(sentence.contains(root + " is in use by another node"), sentence);
        }
        open("leveldb", "majority").close();
    }

    @Test
    void anotherFormatIsRefusedWithTheEngineThatOpensIt() {
        open("leveldb", "majority").close();
        String sentence = refusal("rocksdb", "majority");
        assertTrue(sentence.contains("set MOSTDB_STORE_ENGINE=engine-of-leveldb"), sentence);
    }

    @Test
    void anotherPolicyIsRefusedWithTheOneThatWroteIt() {
        open("leveldb", "majority").close();
        String sentence = refusal("leveldb", "raft");
        assertTrue(sentence.contains("set MOSTDB_REPLICATION_POLICY=majority"), sentence);
    }

    @Test
    void aNewerLayoutIsRefused() throws IOException {
        Files.writeString(root.resolve("mostdb.properties"), "layout=3\nformat=leveldb\npolicy=majority\n");
        String sentence = refusal("leveldb", "majority");
        assertTrue(sentence.contains("has layout 3"), sentence);
    }

    @Test
    void aDamagedMarkerIsRefused() throws IOException {
        Files.writeString(root.resolve("mostdb.properties"), "layout=\\u00zz\n");
        assertTrue(refusal("leveldb", "majority").contains("is damaged"));
        Files.writeString(root.resolve("mostdb.properties"), "");
        assertTrue(refusal("leveldb", "majority").contains("is damaged"));
    }

    @Test
    void aFolderWithOtherFilesIsRefusedAndLeftAsItIs() throws IOException {
        Files.writeString(root.resolve("photo.jpg"), "");
        String sentence = refusal("leveldb", "majority");
        assertTrue(sentence.contains("it holds photo.jpg"), sentence);
        assertTrue(sentence.contains("set MOSTDB_STORE_ROOT to an empty folder"), sentence);
        try (var files = Files.list(root)) {
            assertEquals(List.of(root.resolve("photo.jpg")), files.toList());
        }
    }

    @Test
    void theRootOfAnExtFileSystemIsAnEmptyFolder() throws IOException {
        Files.createDirectory(root.resolve("lost+found"));
        open("leveldb", "majority").close();
        assertTrue(Files.exists(root.resolve("mostdb.properties")));
    }

    @Test
    void aStartThatEndedBeforeTheMarkerWasThereCanBeRepeated() throws IOException {
        Files.writeString(root.resolve("lock"), "");
        Files.writeString(root.resolve("mostdb.properties.new"), "lay");
        open("leveldb", "majority").close();
        assertTrue(Files.readString(root.resolve("mostdb.properties")).startsWith("layout=2\n"));
    }

    @Test
    void theRootIsTheConfiguredOneOrNone() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "");
        Settings wrong = Settings.of(Map.of("MOSTDB_STORE_ROOT", file.toString()));
        String sentence =
                String.valueOf(assertThrows(StartRefusedException.class, () -> StoreRoot.choose(wrong, Map.of()))
                        .getMessage());
        assertTrue(sentence.startsWith("MOSTDB_STORE_ROOT=" + file + " can't be used"), sentence);
        Settings right =
                Settings.of(Map.of("MOSTDB_STORE_ROOT", root.resolve("new/deep").toString()));
        assertEquals(root.resolve("new/deep"), StoreRoot.choose(right, Map.of()).path());
    }

    @Test
    void withoutASettingItIsTheStandardPlaceOrElseTheUsersOwn() throws IOException {
        Settings settings = Settings.of(Map.of());
        Path file = Files.writeString(root.resolve("file"), "");
        assertEquals(
                root.resolve("standard"),
                StoreRoot.choose(settings, Map.of(), root.resolve("standard")).path());
        assertEquals(
                root.resolve("home/.local/share/mostdb"),
                StoreRoot.choose(settings, Map.of("HOME", root.resolve("home").toString()), file)
                        .path());
        assertEquals(
                root.resolve("xdg/mostdb"),
                StoreRoot.choose(
                                settings,
                                Map.of("XDG_DATA_HOME", root.resolve("xdg").toString()),
                                file)
                        .path());
        assertThrows(StartRefusedException.class, () -> StoreRoot.choose(settings, Map.of(), file));
    }
}
