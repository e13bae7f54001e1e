package org.mostdb.server;

import io.helidon.common.mapper.MapperManager;
import io.helidon.common.mapper.MappersImpl__ServiceDescriptor;
import io.helidon.config.Config;
import io.helidon.service.registry.GlobalServiceRegistry;
import io.helidon.service.registry.ServiceRegistryConfig;
import io.helidon.service.registry.ServiceRegistryManager;

/**
 * What Helidon looks up for the whole process, given to it instead.
 *
 * <p>The registry of services has an empty configuration and the mappers, and nothing else. Left alone, Helidon reads
 * one from {@code application.properties} in the working directory, the environment and system properties, and a node
 * would listen to settings that are not its own. It also reads the list of services of each jar, a fifth of the time of
 * a start; none of them is used here, since plugins, Helidon's own and ours, are found by
 * {@link java.util.ServiceLoader}.
 *
 * <p>The mappers are fixed, because Helidon 4.4 searches the registry for them at every header that is read as a
 * number, such as each Content-Length: two thirds of the processor time of a node that serves reads.
 */
final class HelidonServices {

    static {
        fixServices();
    }

    private HelidonServices() {}

    /** To be called before anything of Helidon is used; more often does no harm. */
    static void fix() {
        // done, once, when the class is initialized
    }

    @SuppressWarnings("removal") // the former kinds of both are what Helidon asks for in places
    private static void fixServices() {
        GlobalServiceRegistry.registry(ServiceRegistryManager.create(ServiceRegistryConfig.builder()
                        .discoverServices(false)
                        .discoverServicesFromServiceLoader(false)
                        .putContractInstance(Config.class, Config.empty())
                        .putContractInstance(io.helidon.common.config.Config.class, Config.empty())
                        .addServiceDescriptor(MappersImpl__ServiceDescriptor.INSTANCE)
                        .build())
                .registry());
        MapperManager.global(MapperManager.create()); // only of a kind that the registry knows
    }
}
