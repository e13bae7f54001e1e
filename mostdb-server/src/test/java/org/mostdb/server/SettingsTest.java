package org.mostdb.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.spi.Durability;
import org.mostdb.api.spi.EngineSettings;

class SettingsTest {

    @TempDir
    private Path folder;

    private static String refusal(Map<String, String> environment) {
        return String.valueOf(assertThrows(StartRefusedException.class, () -> Settings.of(environment))
                .getMessage());
    }

    @Test
    void withoutAnySettingTheDefaultsOfTheOriginalCount() {
        Settings settings = Settings.of(Map.of("PATH", "/bin"));
        assertEquals(5379, settings.serverPort());
        assertEquals("/mostdb", settings.contextPath());
        assertEquals(Optional.empty(), settings.apiKey());
        assertEquals(List.of(), settings.clusterUrls());
        assertEquals(Durability.SYNC, settings.durability());
        assertEquals("majority", settings.replicationPolicy());
        assertEquals(Duration.ofSeconds(5), settings.operationTimeout());
        assertEquals(6 * (4096 + 1024 * 1024) + 1024, settings.bodyLimitBytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MOSTDB_SERVER_PORT|abc|it must be a whole number from 0 to 65535.",
                "MOSTDB_SERVER_PORT|65536|it must be a whole number from 0 to 65535.",
                "MOSTDB_LOG_LEVEL|LOUD|it must be DEBUG or INFO or WARN or ERROR.",
                "MOSTDB_SYNC|maybe|it must be sync or os.",
                "MOSTDB_API_KEY_ENABLE|yes|it must be true or false.",
                "MOSTDB_SERVER_URL|https://a:1|https is not supported yet, it must be http://host:port without path, query or user.",
                "MOSTDB_SERVER_URL|a:5379|it must be http://host:port without path, query or user.",
                "MOSTDB_SERVER_URL|http://a:99999|it must be http://host:port without path, query or user.",
                "MOSTDB_SERVER_URL|http://u@a:1|it must be http://host:port without path, query or user.",
                "MOSTDB_STORE_ENGINE|Level DB|it must be the name of a storage engine on the class path.",
                "MOSTDB_VALUE_LIMIT_BYTES|-1|it must be a whole number from 0 to 16777216.",
                "MOSTDB_CONTEXT_PATH|mostdb|"
                        + "it must be a path such as /mostdb, of letters, digits and -._~, or / for none.",
                "MOSTDB_CONTEXT_PATH|/metrics|"
                        + "it must be a path such as /mostdb, of letters, digits and -._~, or / for none.",
            })
    void aWrongValueIsRefusedWithTheVariableTheValueAndWhatIsAllowed(String name, String value, String allowed) {
        assertEquals(name + "=" + value + " is not allowed: " + allowed, refusal(Map.of(name, value)));
    }

    @Test
    void theEntryOfTheListThatIsWrongIsNamed() {
        assertEquals(
                "The entry http://b:1/x of MOSTDB_CLUSTER_URLS is not allowed:"
                        + " it must be http://host:port without path, query or user.",
                refusal(Map.of("MOSTDB_CLUSTER_URLS", "http://a:1; http://b:1/x")));
        assertEquals(
                "The entry HTTPS://b:1 of MOSTDB_CLUSTER_URLS is not allowed: https is not supported yet,"
                        + " it must be http://host:port without path, query or user.",
                refusal(Map.of("MOSTDB_CLUSTER_URLS", "http://a:1,HTTPS://b:1")));
    }

    @Test
    void anUnknownNameFarFromAllOthersIsRefusedWithoutAGuess() {
        assertEquals(
                "MOSTDB_COLOUR in the environment is not a setting: take it away, or choose one of those that"
                        + " --help lists.",
                refusal(Map.of("MOSTDB_COLOUR", "red")));
    }

    @Test
    void aWrongValueOfAnEngineOptionIsRefusedUnderTheNameOfItsSetting() {
        EngineSettings wrong = new EngineSettings(folder, Map.of("cache-mib", "x", "compression", "zip"));
        assertEquals(
                "MOSTDB_ENGINE_CACHE_MIB=x is not allowed: it must be a whole number from 0 to 9.",
                assertThrows(InvalidRequestException.class, () -> wrong.number("cache-mib", 1, 0, 9))
                        .getMessage());
        assertEquals(
                "MOSTDB_ENGINE_COMPRESSION=zip is not allowed: it must be one of none, snappy.",
                assertThrows(
                                InvalidRequestException.class,
                                () -> wrong.choice("compression", "none", List.of("none", "snappy")))
                        .getMessage());
    }

    @Test
    void whatIsForTheLauncherIsRefusedWithThat() {
        assertEquals(
                "MOSTDB_JAVA_OPTS in the environment is not a setting: it is for the launcher, ./mostdb, which takes it"
                        + " from the environment.",
                refusal(Map.of("MOSTDB_JAVA_OPTS", "-Xmx1g")));
    }

    @Test
    void aKeyThatIsSetButNotEnabledIsKnown() {
        assertTrue(Settings.of(Map.of("MOSTDB_API_KEY_VALUE", "k")).apiKeyIgnored());
        assertTrue(Settings.of(Map.of("MOSTDB_API_KEY_VAULE", "k")).apiKeyIgnored());
        assertFalse(Settings.of(Map.of("MOSTDB_API_KEY_VALUE", "k", "MOSTDB_API_KEY_ENABLE", "true"))
                .apiKeyIgnored());
        assertFalse(Settings.of(Map.of()).apiKeyIgnored());
    }

    @Test
    void anUnknownNameIsRefusedWithTheNearestKnownOne() {
        assertEquals(
                "MOSTDB_SERVER_PROT in the environment is not a setting: did you mean MOSTDB_SERVER_PORT?",
                refusal(Map.of("MOSTDB_SERVER_PROT", "1")));
    }

    @Test
    void whatKubernetesSetsForAServiceOfOurNameIsLeftAlone() {
        assertEquals(
                5379,
                Settings.of(Map.of(
                                "MOSTDB_SERVICE_HOST", "10.0.0.1",
                                "MOSTDB_SERVICE_PORT_HTTP", "5379",
                                "MOSTDB_PORT", "tcp://10.0.0.1:5379",
                                "MOSTDB_PORT_5379_TCP_ADDR", "10.0.0.1"))
                        .serverPort());
    }

    @Test
    void optionsOfTheEngineAreHandedOnUnderTheirDashedNames() {
        assertEquals(
                Map.of("block-cache-mib", "64"),
                Settings.of(Map.of("MOSTDB_ENGINE_BLOCK_CACHE_MIB", "64")).engineOptions());
    }

    @Test
    void theContextPathMayBeNothing() {
        assertEquals("", Settings.of(Map.of("MOSTDB_CONTEXT_PATH", "/")).contextPath());
        assertEquals("", Settings.of(Map.of("MOSTDB_CONTEXT_PATH", "")).contextPath());
        assertEquals("/a/b", Settings.of(Map.of("MOSTDB_CONTEXT_PATH", "/a/b/")).contextPath());
    }

    @Test
    void urlsAreReadWithSemicolonsOrCommasInOneForm() {
        assertEquals(
                List.of(URI.create("http://a:5379"), URI.create("http://b:80"), URI.create("http://[::1]:5379")),
                Settings.of(Map.of("MOSTDB_CLUSTER_URLS", "http://A:5379/; http://b,http://[::1]:5379;"))
                        .clusterUrls());
    }

    @Test
    void theApiKeyCountsOnlyIfEnabledAndMustThenBeThere() {
        assertEquals(
                Optional.empty(),
                Settings.of(Map.of("MOSTDB_API_KEY_VALUE", "k")).apiKey());
        assertTrue(refusal(Map.of("MOSTDB_API_KEY_ENABLE", "true")).contains("set MOSTDB_API_KEY_VALUE"));
        ApiKey key = Settings.of(Map.of("MOSTDB_API_KEY_ENABLE", "true", "MOSTDB_API_KEY_VAULE", "k"))
                .apiKey()
                .orElseThrow();
        assertEquals("X-MOSTDB-AUTH", key.headerName());
        assertTrue(key.matches("k"));
        assertFalse(key.matches("K"));
        assertFalse(key.toString().contains("k]"));
    }

    @Test
    void theKeyIsNeverShownInASentence() {
        assertFalse(refusal(Map.of("MOSTDB_API_KEY_VALUE", "geheim mit Leerzeichen"))
                .contains("geheim"));
        assertFalse(refusal(Map.of("MOSTDB_API_KEY_VALUE", "eins", "MOSTDB_API_KEY_VAULE", "zwei"))
                .contains("eins"));
    }

    @Test
    void theQueueMustHoldOneKeyAndValue() {
        assertTrue(refusal(Map.of("MOSTDB_QUEUE_LIMIT_BYTES", "1000")).contains("at least 1052672"));
    }

    @Test
    void theEnvironmentGoesBeforeTheFile() throws IOException {
        Path file = Files.writeString(
                folder.resolve("settings"),
                "# comment\n\nMOSTDB_SERVER_PORT = 1\nMOSTDB_SYNC=os\n; another\nMOSTDB_ENGINE_X=y\n");
        Settings settings = Settings.of(Map.of("MOSTDB_CONFIG_FILE", file.toString(), "MOSTDB_SERVER_PORT", "2"));
        assertEquals(2, settings.serverPort());
        assertEquals(Durability.OS, settings.durability());
        assertEquals(Map.of("x", "y"), settings.engineOptions());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PORT=1|is not allowed",
                "MOSTDB_SERVER_PORT|is not allowed",
                "MOSTDB_SERVER_PROT=1|is not a setting: did you mean MOSTDB_SERVER_PORT?",
                "MOSTDB_SERVER_URL=\"http://a:1\"|write it without",
                "MOSTDB_STORE_ENGINE=iq80 # why|has a comment behind the value of MOSTDB_STORE_ENGINE",
                "MOSTDB_CONFIG_FILE=a|set it in the environment only",
                "MOSTDB_JAVA_OPTS=-Xmx1g|it is for the launcher",
            })
    void aWrongLineOfTheFileIsRefused(String line, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve("wrong"), "MOSTDB_SYNC=os\n" + line + "\n");
        String sentence = refusal(Map.of("MOSTDB_CONFIG_FILE", file.toString()));
        assertTrue(sentence.contains(expected), sentence);
    }

    @Test
    void aFileThatIsMissingOrSetsANameTwiceIsRefused() throws IOException {
        assertTrue(refusal(Map.of("MOSTDB_CONFIG_FILE", folder.resolve("none").toString()))
                .contains("can't be read"));
        Path file = Files.writeString(folder.resolve("twice"), "MOSTDB_SYNC=os\nMOSTDB_SYNC=sync\n");
        assertTrue(refusal(Map.of("MOSTDB_CONFIG_FILE", file.toString())).contains("second time"));
    }

    @Test
    void thePageOfSettingsListsEachWithItsDefault() throws IOException {
        String page = Files.readString(Path.of("../docs/configuration.md"));
        for (Setting<?> setting : SettingsTable.ALL) {
            String shown = setting.defaultText().isEmpty() ? "" : "`" + setting.defaultText() + "`";
            String row = "| `" + setting.name() + "` | " + shown + " | " + setting.meaning() + " |";
            assertTrue(page.contains(row), "docs/configuration.md lacks the row: " + row);
        }
    }

    @Test
    void helpListsEverySetting() {
        for (Setting<?> setting : SettingsTable.ALL) {
            assertTrue(Help.text().contains("  " + setting.name()), setting.name());
        }
    }
}
