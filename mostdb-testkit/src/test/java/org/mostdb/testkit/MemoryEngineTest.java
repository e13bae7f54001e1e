package org.mostdb.testkit;

import java.util.Set;
import org.mostdb.api.spi.StorageEngineProvider;

final class MemoryEngineTest extends StorageEngineContract {

    @Override
    protected StorageEngineProvider provider() {
        return new MemoryEngineProvider();
    }

    @Override
    protected Set<EngineWaiver> waivers() {
        return Set.of(EngineWaiver.NOT_ON_DISK, EngineWaiver.NOT_A_PLUGIN);
    }
}
