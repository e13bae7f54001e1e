package com.example.mvstore;

import java.util.Set;
import org.mostdb.api.spi.StorageEngineProvider;
import org.mostdb.testkit.EngineWaiver;
import org.mostdb.testkit.StorageEngineContract;

final class MvStoreEngineTest extends StorageEngineContract {

    @Override
    protected StorageEngineProvider provider() {
        return new MvStoreProvider();
    }

    @Override
    protected Set<EngineWaiver> waivers() {
        return Set.of(EngineWaiver.NO_CHECKSUMS);
    }
}
