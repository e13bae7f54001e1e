package org.mostdb.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Dependencies point one way: api, then testkit, engines and policies, then the server, then the benchmarks. Plugins
 * see the api alone, but for the adapter that the two LevelDBs share.
 */
class DependencyRuleTest {

    private static final String API = "org.mostdb.api..";
    private static final String TESTKIT = "org.mostdb.testkit..";
    private static final String FAULTS = "org.mostdb.faults..";
    private static final String LEVELDB_ADAPTER = "org.mostdb.store.leveldb..";
    private static final String LEVELDBJNI = "org.mostdb.store.leveldbjni..";
    private static final String IQ80 = "org.mostdb.store.iq80..";
    private static final String QUORUM = "org.mostdb.quorum..";
    private static final String SERVER = "org.mostdb.server..";
    private static final String BENCH = "org.mostdb.bench..";
    private static final String LOAD = "org.mostdb.load..";

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.mostdb");

    @ParameterizedTest
    @ValueSource(strings = {API, TESTKIT, FAULTS, LEVELDB_ADAPTER, LEVELDBJNI, IQ80, QUORUM, SERVER, BENCH, LOAD})
    void everyModuleIsLookedAt(String module) {
        assertFalse(
                ALL.that(JavaClass.Predicates.resideInAPackage(module)).isEmpty(), "no classes are found in " + module);
    }

    @Test
    void noModuleIsLeftOutOfTheRule() {
        List<String> others = ALL.stream()
                .filter(type -> !JavaClass.Predicates.resideInAnyPackage(
                                API, TESTKIT, FAULTS, LEVELDB_ADAPTER, LEVELDBJNI, IQ80, QUORUM, SERVER, BENCH, LOAD)
                        .test(type))
                .map(JavaClass::getName)
                .toList();
        assertEquals(List.of(), others, "a module without a rule here");
    }

    @Test
    void theApiNeedsTheJdkOnly() {
        classes()
                .that()
                .resideInAPackage(API)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", API)
                .check(ALL);
    }

    @Test
    void theTestkitSeesTheApiAlone() {
        seesNone(TESTKIT, FAULTS, LEVELDB_ADAPTER, LEVELDBJNI, IQ80, QUORUM, SERVER, BENCH);
    }

    @Test
    void faultsMeetTheServerAsAProcessOnly() {
        seesNone(FAULTS, API, LEVELDB_ADAPTER, LEVELDBJNI, IQ80, QUORUM, SERVER, BENCH);
        seesNone(SERVER, FAULTS);
    }

    @Test
    void theLoadToolMeetsTheServerOverHttpOnly() {
        seesNone(LOAD, API, TESTKIT, FAULTS, LEVELDB_ADAPTER, LEVELDBJNI, IQ80, QUORUM, SERVER, BENCH, "io.helidon..");
        seesNone(SERVER, LOAD);
    }

    @Test
    void pluginsSeeNeitherEachOtherNorTheServer() {
        seesNone(LEVELDB_ADAPTER, TESTKIT, LEVELDBJNI, IQ80, QUORUM, SERVER, BENCH, "io.helidon..");
        seesNone(LEVELDBJNI, TESTKIT, IQ80, QUORUM, SERVER, BENCH, "io.helidon..");
        seesNone(IQ80, TESTKIT, LEVELDBJNI, QUORUM, SERVER, BENCH, "io.helidon..");
        seesNone(QUORUM, TESTKIT, LEVELDB_ADAPTER, LEVELDBJNI, IQ80, SERVER, BENCH, "io.helidon..", "org.iq80..");
    }

    @Test
    void theServerSeesPluginsByTheirInterfacesOnly() {
        seesNone(SERVER, TESTKIT, LEVELDB_ADAPTER, LEVELDBJNI, IQ80, QUORUM, BENCH, "org.iq80..", "org.fusesource..");
    }

    private static void seesNone(String module, String... none) {
        noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(none)
                .check(ALL);
    }
}
