package org.mostdb.store.leveldbjni;

import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.testkit.StorageEngineContract;

final class LevelDbJniEngineTest extends StorageEngineContract {

    @Override
    protected StorageEngineProvider provider() {
        return new LevelDbJniProvider();
    }
}
