package org.mostdb.testkit;

import java.util.Set;
import org.mostdb.api.spi.EngineSettings;
import org.mostdb.api.spi.StorageEngine;
import org.mostdb.api.spi.StorageEngineProvider;

/** An engine behind a decorator keeps the contract as without it. */
final class FaultyEngineContractTest extends StorageEngineContract {

    @Override
    protected StorageEngineProvider provider() {
        return new StorageEngineProvider() {

            private final StorageEngineProvider memory = new MemoryEngineProvider();

            @Override
            public String name() {
                return "faulty-" + memory.name();
            }

            @Override
            public String format() {
                return memory.format();
            }

            @Override
            public Set<String> options() {
                return memory.options();
            }

            @Override
            public StorageEngine open(EngineSettings settings) {
                return new FaultyEngine(memory.open(settings));
            }
        };
    }

    @Override
    protected Set<EngineWaiver> waivers() {
        return Set.of(EngineWaiver.NOT_ON_DISK, EngineWaiver.NOT_A_PLUGIN);
    }
}
