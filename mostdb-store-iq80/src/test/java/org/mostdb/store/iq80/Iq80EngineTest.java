package org.mostdb.store.iq80;

import java.util.Set;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.testkit.EngineWaiver;
import org.mostdb.testkit.StorageEngineContract;

final class Iq80EngineTest extends StorageEngineContract {

    @Override
    protected StorageEngineProvider provider() {
        return new Iq80Provider();
    }

    @Override
    protected Set<EngineWaiver> waivers() {
        return Set.of(EngineWaiver.NO_CHECKSUMS);
    }
}
