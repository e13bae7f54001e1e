package org.mostdb.store.iq80;

import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.testkit.StorageEngineContract;

final class Iq80EngineTest extends StorageEngineContract {

    @Override
    protected StorageEngineProvider provider() {
        return new Iq80Provider();
    }
}
